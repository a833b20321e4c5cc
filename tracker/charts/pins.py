"""What people and schedules left along the x axis: numbered pins of notes, ticks where the learning rate jumped."""

from __future__ import annotations

from tracker.charts import numbers
from tracker.charts.frame import Box
from tracker.charts.lines import Line
from tracker.charts.places import HEIGHT, PADDING, Placer
from tracker.charts.scene import Item, Marks, Scene, label
from tracker.charts.text import safe, shorten, width
from tracker.curves.align import clock
from tracker.diagnosis.rate import Change, learning_rate
from tracker.model import Annotation, Axis

_PINS = 40  # pins a figure
_NAMED = 4  # jumps of the learning rate that are still named
_SMALL = 10.0
_TICK = 9.0


def notes(marks: Marks, scene: Scene) -> list[Item]:
    """Pin the coloured runs' notes at the foot of the figure, and return what each pin stands for.

    A pin bears the note's place among its run's notes with an epoch or a step, the oldest 1. Returned are {"run",
    "name", "pin", "number", "x", "title", "text", "author"}, the texts as people wrote them: set them as text only.
    """
    told: list[Item] = []
    for line in sorted(scene.coloured, key=lambda one: one is not scene.focus):
        placed = [
            (note, x)
            for note in line.notes
            if note.kind == "note" and (x := _place(scene, line, note)) is not None
        ]
        for pin, (note, x) in enumerate(placed, 1):
            if not scene.frame.x[0] <= x <= scene.frame.x[1] or len(told) >= _PINS:
                continue
            told.append(
                {
                    "run": line.id,
                    "name": line.name,
                    "pin": pin,
                    "number": note.number,
                    "x": x,
                    "title": note.title,
                    "text": note.text,
                    "author": note.author,
                }
            )
            marks.annotations.append(_pin(scene, line, note, pin, x))
    return told


def rate(marks: Marks, scene: Scene, focus: Line, placer: Placer) -> None:
    """Draw a tick at the top where the focused run's learning rate dropped or was restarted, and name the new rate."""
    changes = _changes(scene, focus)
    shown = [(x, change) for x, change in changes if scene.frame.x[0] <= x <= scene.frame.x[1]]
    for x, change in shown:
        marks.shapes.append(
            {
                "type": "line",
                "name": f"rate:{focus.id}",
                "xref": "x",
                "x0": x,
                "x1": x,
                "yref": "paper",
                "ysizemode": "pixel",
                "yanchor": 1,
                "y0": 0,
                "y1": -_TICK,
                "line": {"color": scene.theme.text3, "width": 1.4},
            }
        )
        if len(shown) > _NAMED or scene.options.compact:
            continue
        text = f"lr {'↑ ' if change.after > change.before else ''}{numbers.tick(change.after)}"
        at, top = scene.frame.px(x), scene.frame.areas[scene.top].box.y0
        wide = width(text, _SMALL) + 2 * PADDING
        boxes = [
            (Box(left, top + down, left + wide, top + down + HEIGHT - 3), cost)
            for left, down, cost in (
                (at + 2, 2.5, 0.0),
                (at - wide / 2, _TICK, 1.0),
                (at + 2, 26.0, 4.0),
                (at - 2 - wide, 2.5, 2.0),
            )
        ]
        box = placer.choose(boxes)
        if box is not None:
            marks.annotations.append(
                {
                    **label(scene, safe(text), f"rate:{focus.id}"),
                    "font": {"color": scene.theme.text2, "size": _SMALL},
                    "xref": "x",
                    "x": x,
                    "xanchor": "left",
                    "xshift": round(box.x0 - at, 1),
                    "yref": "paper",
                    "y": 1,
                    "yanchor": "top",
                    "yshift": round(top - box.y0, 1),
                    "borderpad": 1,
                }
            )


def _changes(scene: Scene, focus: Line) -> list[tuple[float, Change]]:
    if focus.lr is None or scene.top == "metric":
        return []
    run_clock = clock([focus.lr, *focus.logged])
    known = learning_rate({focus.lr.name: focus.lr}, run_clock)
    curve = scene.panels[scene.top].main(focus.id)
    if known is None or curve is None:
        return []
    axis: Axis = "step" if run_clock is None else "epoch"
    found = sorted([*known.drops(), *known.restarts()], key=lambda change: change.at)
    return [(x, change) for change in found if (x := curve.place(change.at, axis)) is not None]


def _place(scene: Scene, line: Line, note: Annotation) -> float | None:
    """Return where on the x axis a note stands: by its epoch, else by its step."""
    for panel in scene.panels.values():
        curve = panel.main(line.id)
        if curve is None:
            continue
        for at, axis in ((note.epoch, "epoch"), (note.step, "step")):
            if (
                at is not None
                and (x := curve.place(float(at), "epoch" if axis == "epoch" else "step")) is not None
            ):
                return x
    return None


def _pin(scene: Scene, line: Line, note: Annotation, pin: int, x: float) -> Item:
    said = f"{note.title}: {note.text}" if note.title and note.text else note.title or note.text
    colour = scene.theme.ink(line.colour)
    return {
        **label(scene, f"<b>{pin}</b>", f"note:{line.id}:{pin}"),
        "hovertext": safe(shorten(f"{note.author}: {said}" if note.author else said, 420)),
        "font": {"color": scene.theme.panel, "size": 9.5},
        "bgcolor": colour,
        "bordercolor": colour,
        "borderpad": 1.5,
        "xref": "x",
        "x": x,
        "xanchor": "center",
        "yref": "paper",
        "y": 0,
        "yanchor": "bottom",
        "yshift": 1,
        "captureevents": True,
    }
