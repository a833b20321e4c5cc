"""What is said of runs side by side, the same on pages and in reports: settings that differ, best epochs that disagree."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tracker.charts.lines import Line
from tracker.charts.numbers import number, position, value
from tracker.charts.words import plural
from tracker.diagnosis.configs import flat
from tracker.model import Diagnosis, Series

_EXPONENT = re.compile(r"e\+?(-?)0?")  # of 1e-05 and 1e+06


def setting_text(setting: Any) -> str:
    """Return a config value as it is shown: short numbers, words as they are, a dash where there is none."""
    if setting is None:
        return "–"
    if isinstance(setting, bool):
        return "true" if setting else "false"
    if isinstance(setting, float):
        return _EXPONENT.sub(r"e\1", f"{setting:g}") if math.isfinite(setting) else value(setting)
    return str(setting)


def setting_key(setting: Any) -> str:
    """Return what tells a config value from any other: as it is shown, with all digits where those shown do not."""
    text = setting_text(setting)
    exact = not isinstance(setting, float) or not math.isfinite(setting) or float(text) == setting
    return text if exact else repr(setting)


def setting_name(key: str) -> str:
    """Return a config key as it heads a column: of a long one the end, which tells it from its siblings."""
    return key if len(key) <= 18 else "…" + key[-17:]


def settings(configs: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """Return the keys in which configs differ, and those equal in all; nested keys joined by dots.

    The keys that most configs have come first.
    """
    found: dict[str, list[str]] = {}
    for config in configs:
        for key, one in flat(config).items():
            found.setdefault(key, []).append(setting_key(one))
    ordered = sorted(found, key=lambda key: -len(found[key]))
    apart = [key for key in ordered if len({*found[key], *_missing(found[key], configs)}) > 1]
    same = set(ordered).difference(apart)
    return apart, [key for key in found if key in same]


def left_out(count: int) -> str:
    """Say how many settings that differ are not shown; "" where none is left out."""
    return f"{plural(count, 'further setting')} differ{'s' if count == 1 else ''}" if count else ""


def best_percent(line: Line, d: Diagnosis) -> float | None:
    """Return the best accuracy in percent, so that runs of 0 to 1 and of 0 to 100 can be held against each other."""
    return None if d.best_accuracy is None else d.best_accuracy * (line.percent_scale("accuracy") or 1)


def disagree(d: Diagnosis) -> bool:
    """Tell whether the best epoch by loss and the one by accuracy are apart, so that a reader has to choose."""
    both = d.best_loss is not None and d.best_epoch is not None and d.best_accuracy_epoch is not None
    told = d.verdict == "overconfident" or d.found("loss_accuracy_conflict")
    return both and told and d.best_epoch != d.best_accuracy_epoch


def disagreement(d: Diagnosis) -> str:
    """Say how far apart the two best epochs are and which to take for what; "" when they do not disagree."""
    if not disagree(d) or d.best_epoch is None or d.best_accuracy_epoch is None:
        return ""
    apart = abs(d.best_epoch - d.best_accuracy_epoch)
    unit = d.axis if apart == 1 else f"{d.axis}s"
    return (
        f"They disagree by {number(apart)} {unit}. Take {position(d.best_epoch, d.axis)} if you use the probabilities, "
        f"{position(d.best_accuracy_epoch, d.axis)} if only the top class counts."
    )


def other_facts(d: Diagnosis, most: int = 2) -> list[str]:
    """Return the facts of findings that the sentence does not tell already, the most severe first."""
    told = {d.verdict, "best_epoch", "loss_accuracy_conflict", *d.dismissed}
    weight = {"strong": 0, "likely": 1, "note": 2}
    rest = [f for f in d.findings if f.kind not in told and f.fact and f.fact not in d.sentence]
    return [f.fact for f in sorted(rest, key=lambda f: weight[f.severity])[:most]]


def value_at(series: Series | None, at: float | None, d: Diagnosis) -> float | None:
    """Return the series' value at a place of the diagnosis' axis, None when nothing was logged near it."""
    if series is None or at is None or not len(series):
        return None
    places = series.epoch if d.axis == "epoch" else series.step.astype(float)
    far = np.abs(places - at)
    if np.isnan(far).all():
        return None
    i = int(np.nanargmin(far))
    found = float(series.value[i])
    return found if far[i] <= 1 and np.isfinite(found) else None


def _missing(texts: Sequence[str], configs: Sequence[Mapping[str, Any]]) -> list[str]:
    return [setting_text(None)] if len(texts) < len(configs) else []
