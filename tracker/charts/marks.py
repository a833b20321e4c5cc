"""What a diagnosis says, drawn onto the curves."""

from __future__ import annotations

from tracker.charts import ends, labels, pins
from tracker.charts.groups import count_labels
from tracker.charts.onset import onset
from tracker.charts.points import points
from tracker.charts.scene import Marks, Scene


def draw(scene: Scene) -> Marks:
    """Return every mark of a figure; without `options.annotations` only names, broken curves and clipped spikes.

    The run in focus gets its onset, region, best epochs and gap with their texts; others a ring and a small triangle.
    Texts are placed in the order of their worth, each where it covers nothing placed before.
    """
    marks = Marks()
    placers = {metric: scene.placer(metric) for metric in scene.panels}
    focus = scene.focus if scene.options.annotations else None
    if focus is not None:
        onset(marks, scene, focus, placers)
        pins.rate(marks, scene, focus, placers[scene.top])
        labels.gap_bracket(marks, scene, focus)
    if scene.options.annotations:
        marks.notes += pins.notes(marks, scene)
    for metric, placer in placers.items():
        placer.spare([place for line in scene.coloured for place in points(marks, scene, metric, line)])
        if focus is not None:
            labels.best_label(marks, scene, metric, focus, placer)
            if metric == "loss":
                labels.gap_label(marks, scene, focus, placer)
        count_labels(marks, scene, metric, placer)
        labels.broken_labels(marks, scene, metric, placer)
        if scene.options.names and not scene.options.compact:
            ends.end_labels(marks, scene, metric)
    # where no way leads round a text, its ground hides the leader that comes from behind it
    marks.annotations.sort(key=lambda one: not one["showarrow"])
    return marks
