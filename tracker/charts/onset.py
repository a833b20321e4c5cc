"""Where overfitting starts: the dotted line, the region after it, their title, and the small mark of runs not in focus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.charts import numbers
from tracker.charts.frame import LABEL, Box
from tracker.charts.lines import Line
from tracker.charts.places import HEIGHT, PADDING, Placer
from tracker.charts.scene import Marks, Scene, label
from tracker.charts.text import safe, width


@dataclass(frozen=True, slots=True)
class Title:
    """The title at the onset line: its text, bold first, and its box; `side` of the line: 1 right, -1 left, 0 neither."""

    bold: str
    rest: str
    side: int
    box: Box


def onset(marks: Marks, scene: Scene, focus: Line, placers: dict[str, Placer]) -> None:
    """Draw the dotted line where validation loss starts to rise for good, the region after it and their title."""
    place = _line_place(scene, focus)
    if place is None:
        return
    x, end = place
    shared = {"xref": "x", "yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
    region = {
        "type": "rect",
        "x0": x,
        "x1": max(end, x),
        "fillcolor": scene.theme.region,
        "line": {"width": 0},
    }
    stroke = {"color": scene.theme.bad, "width": 1.4, "dash": "3px,2px"}
    if scene.top != "metric" and _overfits(focus):  # a card shows where, the big figure says what
        marks.shapes.append({"name": f"region:{focus.id}", **shared, **region})
    marks.shapes.append(
        {"name": f"onset:{focus.id}", **shared, "type": "line", "x0": x, "x1": x, "line": stroke}
    )
    at = scene.frame.px(x)
    for metric, placer in placers.items():
        placer.avoid(at, scene.frame.areas[metric].box)
    words = title(scene, focus)
    if words is None:
        return
    placers[scene.top].take(words.box)
    marks.annotations.append(
        {
            **label(
                scene,
                f"<b>{safe(words.bold)}</b>" + (f"  {safe(words.rest)}" if words.rest else ""),
                f"title:{focus.id}",
            ),
            "xref": "x" if words.side else "paper",
            "x": x if words.side else 0,
            "xanchor": "right" if words.side < 0 else "left",
            "xshift": words.side * 5 if words.side else round(words.box.x0 - scene.frame.plot.x0, 1),
            "yref": "paper",
            "y": scene.frame.areas[scene.top].domain[1],
            "yanchor": "top",
            "yshift": -3,
            "font": {"color": scene.theme.bad, "size": LABEL},
            "bgcolor": scene.theme.shade if words.side > 0 else scene.theme.panel,
        }
    )


def title(scene: Scene, focus: Line) -> Title | None:
    """Return the title at the onset line and where it stands; None where line and region are out of sight.

    It stands right of the line, left of it when there is no room, and is shortened before it is cut off.
    """
    place, diagnosis = _line_place(scene, focus), focus.diagnosis
    if place is None or diagnosis is None or scene.top == "metric":
        return None
    plot, at = scene.frame.plot, scene.frame.px(place[0])
    if at > plot.x1 or scene.frame.px(place[1]) < plot.x0:
        return None
    top = scene.frame.areas[scene.top].box.y0 + 3
    since = diagnosis.marked_onset if _overfits(focus) else _diverged_from(focus)
    assert since is not None
    where = numbers.position(since, diagnosis.axis)
    brief = numbers.position(since, diagnosis.axis, compact=True)
    word = "Overfitting" if _overfits(focus) else "Diverged"
    texts = [(f"{word} from {where}", ""), (f"{word} · {brief}", ""), (brief, "")]
    rise = _rise(focus) if _overfits(focus) else ""
    if rise and not scene.options.compact:
        metric = focus.loss_name.replace("_", " ") if len(focus.loss_name) <= 16 else "loss"
        texts.insert(0, (texts[0][0], f"val {metric} {rise}"))

    def box(left: float, wide: float) -> Box:
        return Box(left, top, left + wide, top + HEIGHT)

    for bold, rest in texts:
        wide = _wide(bold, rest)
        if at < plot.x0:
            wide = _wide(f"← {bold}", rest)
            if plot.x0 + 4 + wide <= plot.x1:
                return Title(f"← {bold}", rest, 0, box(plot.x0 + 4, wide))
        elif at + 5 + wide <= plot.x1:
            return Title(bold, rest, 1, box(at + 5, wide))
        elif at - 5 - wide >= plot.x0:
            return Title(bold, rest, -1, box(at - 5 - wide, wide))
    bold, wide = texts[-1][0], _wide(texts[-1][0], "")
    return Title(bold, "", 0, box(max(plot.x0, min(at + 5, plot.x1 - wide)), wide))


def _wide(bold: str, rest: str) -> float:
    return width(bold, LABEL, True) + (width(f"  {rest}", LABEL) if rest else 0.0) + 2 * PADDING


def triangle(scene: Scene, metric: str, line: Line) -> tuple[float, float] | None:
    """Return the place of the small onset mark, a few pixels above a line's validation curve."""
    place, curve = onset_place(scene, line), scene.panels[metric].main(line.id)
    if place is None or curve is None:
        return None
    known = np.isfinite(curve.drawn) & np.isfinite(curve.x)
    if not known.any():
        return None
    area = scene.frame.areas[metric]
    y = area.y(float(np.interp(place[0], curve.x[known], curve.drawn[known])))
    return (place[0], area.value(y - 7)) if y is not None and area.box.y0 + 10 <= y <= area.box.y1 else None


def onset_place(scene: Scene, line: Line) -> tuple[float, float] | None:
    """Return where on the x axis a line's onset lies and where its curves end; None without one."""
    return _place(scene, line, line.diagnosis.marked_onset if line.diagnosis is not None else None)


def _line_place(scene: Scene, focus: Line) -> tuple[float, float] | None:
    """Return where the focused run overfits from, or diverged; None where its curves turn back, so that no line parts them."""
    curve = scene.panels[scene.top].main(focus.id)
    if curve is not None and not curve.rises:
        return None
    return onset_place(scene, focus) or _place(scene, focus, _diverged_from(focus))


def _place(scene: Scene, line: Line, since: float | None) -> tuple[float, float] | None:
    """Return where on the x axis the epoch or step of a line's diagnosis lies, and where its curves end."""
    if since is None or line.diagnosis is None:
        return None
    for panel in scene.panels.values():
        curve = panel.main(line.id)
        if curve is not None and (x := curve.place(since, line.diagnosis.axis)) is not None:
            return x, float(np.nanmax(curve.x))
    return None


def _overfits(line: Line) -> bool:
    return line.diagnosis is not None and line.diagnosis.marked_onset is not None


def _diverged_from(line: Line) -> float | None:
    """Return the epoch or step from which a run diverged, unless a person has dismissed it."""
    diagnosis = line.diagnosis
    if diagnosis is None or diagnosis.standing != "diverged" or diagnosis.main is None:
        return None
    return diagnosis.main.start


def _rise(line: Line) -> str:
    """Return how much the validation loss rose from its best to its end, "+28 %", as the diagnosis' sentence says it."""
    diagnosis = line.diagnosis
    assert diagnosis is not None
    if diagnosis.rise is not None:
        return numbers.change(diagnosis.rise)
    val, low = line.loss[1], diagnosis.best_loss
    known = val.value[np.isfinite(val.value)] if val is not None else np.empty(0)
    return numbers.change(float(known[-1]) / low - 1) if low and len(known) and 0 < low < known[-1] else ""
