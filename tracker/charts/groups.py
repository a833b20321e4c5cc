"""Groups of runs as bands: each group's lines give way to their mean and what lies around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from tracker.charts import numbers
from tracker.charts.across import XScale
from tracker.charts.lines import Line, Options
from tracker.charts.panels import SPLITS, Curve, Panel
from tracker.charts.places import Placer, label_box
from tracker.charts.scene import Marks, Scene, label, leader
from tracker.charts.text import shorten
from tracker.curves.bands import Band, Kind, band
from tracker.curves.smoothing import smooth
from tracker.model import PALETTE_SIZE

_WORDS = {
    "std": "standard deviation",
    "minmax": "lowest and highest run",
    "ci95": "95\u202f% interval of the mean",
}


_COUNTS = 3  # changes of the number of runs that are named on a mean


@dataclass(frozen=True, slots=True)
class Grouped:
    """The panels, lines and options of a figure once groups have become lines of their own, and what to say of it."""

    panels: dict[str, Panel]
    lines: list[Line]
    options: Options
    notices: list[str]


def group_id(group: str) -> str:
    """Return the id that a group's line goes by in a figure; no run has such an id."""
    return f"group:{group}"


def grouped(panels: dict[str, Panel], lines: Sequence[Line], across: XScale, options: Options) -> Grouped:
    """Return a figure's ingredients with every group of two or more lines as one line, as long as a band is asked for.

    A group's line has the colour of its first member that no other group has, is pinned when a member is and is in
    focus when a member is. The band is made of values as logged; mean and both edges are then smoothed alike.
    """
    members: dict[str, list[Line]] = {}
    for line in lines:
        if line.group:
            members.setdefault(line.group, []).append(line)
    members = {group: held for group, held in members.items() if len(held) > 1}
    if options.band == "none" or not members:
        return Grouped(panels, list(lines), options, [])
    if any(not curve.rises for panel in panels.values() for curve in panel.curves.values()):
        return Grouped(
            panels,
            list(lines),
            options,
            [f"Runs turn back along {across.title}, so they are drawn one by one."],
        )
    heads = _heads(members)
    gone = {line.id: line.group for held in members.values() for line in held}
    made = {metric: _panel(panel, members, heads, gone, across, options) for metric, panel in panels.items()}
    shown: dict[str, Line] = {}
    for line in lines:
        head = heads[gone[line.id]] if line.id in gone else line
        shown.setdefault(head.id, head)
    focus = group_id(gone[options.focus]) if options.focus in gone else options.focus
    return Grouped(
        made, list(shown.values()), replace(options, focus=focus), _notices(made, members, options)
    )


def count_labels(marks: Marks, scene: Scene, metric: str, placer: Placer) -> None:
    """Say on each group's mean from where on another number of its runs takes part, a few times a curve."""
    panel, area = scene.panels[metric], scene.frame.areas[metric]
    for line in scene.coloured:
        key = next(
            ((line.id, split) for split in ("val", "", "train") if (line.id, split) in panel.bands), None
        )
        if key is None:
            continue
        curve, made = panel.curves[key], panel.bands[key]
        for i in made.changes()[:_COUNTS]:
            x, y = scene.frame.px(float(made.x[i])), area.y(float(curve.drawn[i]))
            if y is None or not scene.frame.plot.x0 <= x <= scene.frame.plot.x1:
                continue
            text = f"n {made.count[i]}"
            box = placer.choose(
                [(label_box(x, y + up, text), abs(up) / 10) for up in (-15.0, 15.0, -28.0, 28.0)], (x, y)
            )
            if box is not None:
                marks.annotations.append(
                    {
                        **label(scene, text, f"count:{metric}:{line.id}"),
                        **leader(scene, metric, (float(made.x[i]), float(curve.drawn[i])), x, y, box),
                        "standoff": 0,
                        "font": {"color": scene.theme.ink(line.colour), "size": 10},
                        "bgcolor": "rgba(0,0,0,0)",
                    }
                )


def _heads(members: dict[str, list[Line]]) -> dict[str, Line]:
    """Return the line that stands for each group."""
    taken: set[int] = set()
    heads = {}
    for group, held in members.items():
        slots = [line.colour % PALETTE_SIZE for line in held]
        colour = next((slot for slot in slots if slot not in taken), slots[0])
        taken.add(colour)
        lead = held[0]
        heads[group] = Line(
            group_id(group), f"{group} · {len(held)} runs", colour, pinned=any(line.pinned for line in held),
            loss_name=lead.loss_name, accuracy_name=lead.accuracy_name, metric_name=lead.metric_name,
            goal=lead.goal, group=group,
        )  # fmt: skip
    return heads


def _panel(
    panel: Panel,
    members: dict[str, list[Line]],
    heads: dict[str, Line],
    gone: dict[str, str],
    across: XScale,
    options: Options,
) -> Panel:
    curves = {key: curve for key, curve in panel.curves.items() if key[0] not in gone}
    bands = {}
    for group, held in members.items():
        head = heads[group]
        for split in SPLITS:
            own = [panel.curves[line.id, split] for line in held if (line.id, split) in panel.curves]
            if not own:
                continue
            made = band([(curve.x, curve.raw) for curve in own], cast(Kind, options.band))
            mean, bucket = smooth(made.x, made.mean, options.smoothing, options.smoother)
            low, high = (
                smooth(made.x, edge, options.smoothing, options.smoother)[0] for edge in (made.low, made.high)
            )
            epoch = made.x if across.kind == "epoch" else np.full(len(made.x), np.nan)
            curves[head.id, split] = Curve(
                head, split, made.x, made.mean, mean, epoch, made.x, None, False, "", bucket
            )
            bands[head.id, split] = replace(made, low=low, high=high)
    scale = {**panel.scale, **dict.fromkeys((head.id for head in heads.values()), 1.0)}
    return replace(panel, curves=curves, bands=bands, scale=scale)


def _notices(panels: dict[str, Panel], members: dict[str, list[Line]], options: Options) -> list[str]:
    said = [f"Lines are means of a group's runs; bands show the {_WORDS[options.band]}."]
    if options.band == "ci95" and (few := [group for group, held in members.items() if len(held) < 4]):
        rest = f" and {len(few) - 1} more" if len(few) > 1 else ""
        said[0] += f" {shorten(few[0], 200)}{rest} have too few runs for a narrow one."
    upper = next(iter(panels.values()))
    for group in members:
        made = next(
            (
                upper.bands[key]
                for split in ("val", "", "train")
                if (key := (group_id(group), split)) in upper.bands
            ),
            None,
        )
        if made is not None and (fewest := _fewer(made)) is not None:
            at, count = fewest
            said.append(
                f"{shorten(group, 200)}: only {count} of {int(made.count.max())} runs from {numbers.number(at)} on."
            )
    return said


def _fewer(made: Band) -> tuple[float, int] | None:
    """Return from where on fewer curves than before take part until the end, and how many are left there."""
    held = np.flatnonzero(made.count > 0)
    if len(held) == 0 or made.count[held[-1]] == made.count.max():
        return None
    full = np.flatnonzero(made.count == made.count.max())[-1]
    after = held[held > full][0]
    return float(made.x[after]), int(made.count[held[-1]])
