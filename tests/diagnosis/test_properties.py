"""What must hold for every history: no exception, and no answer that hangs on units, order or the rate of logging."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.diagnosis.curves import history, kinds, series
from tracker.diagnosis import diagnose
from tracker.model import VERDICTS

NAMES = ("loss", "val_loss", "accuracy", "val_accuracy", "test_loss", "val_f1", "lr", "train/loss", "odd")
values = st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=40)
odd = st.sampled_from([0.0, -0.0, 1e308, -1e308, 5e-324, math.nan, math.inf, -math.inf, 1.0])
curves_of_any_kind = st.dictionaries(
    st.sampled_from(NAMES),
    values | st.lists(odd, max_size=30) | st.lists(st.just(0.5), max_size=30),
    max_size=5,
)
places = st.floats(allow_nan=True, allow_infinity=True) | st.integers(-5, 5).map(float)


@settings(max_examples=300, deadline=None)
@given(
    curves_of_any_kind,
    st.none() | st.integers(-5, 10**6),
    st.none() | st.lists(st.integers(0, 10**6), max_size=4),
    st.booleans(),
)
def test_never_an_exception_and_always_a_sentence(
    curves: dict[str, list[float]], n_val: int | None, counts: list[int] | None, finished: bool
) -> None:
    d = diagnose(history(curves), n_val=n_val, class_counts=counts, finished=finished)
    assert d.verdict in VERDICTS
    assert d.sentence.endswith(".")
    assert all(finding.fact.endswith((".", ")")) and len(finding.advice) <= 2 for finding in d.findings)
    assert d.overfitting == (d.onset_epoch is not None)
    d.to_dict()


@st.composite
def learning_curves(draw: st.DrawFn) -> dict[str, np.ndarray]:
    n = draw(st.integers(5, 150))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    k = np.arange(n)
    pace = draw(st.floats(1, 40))
    train_loss = draw(st.floats(0, 0.5)) + np.exp(-k / pace) + draw(st.floats(0, 0.1)) * rng.normal(size=n)
    rise = np.maximum(0, k - draw(st.integers(0, n))) * draw(st.floats(0, 0.05))
    val_loss = draw(st.floats(0, 1)) + np.exp(-k / pace) + rise + draw(st.floats(0, 0.2)) * rng.normal(size=n)
    out = {"loss": train_loss, "val_loss": val_loss}
    if draw(st.booleans()):
        out["val_accuracy"] = np.clip(0.8 - 0.6 * np.exp(-k / pace) + 0.02 * rng.normal(size=n), 0, 1)
    if draw(st.booleans()):
        out["val_loss"][draw(st.integers(0, n - 1)) :] = draw(st.sampled_from([math.nan, math.inf, 1e9]))
    return out


@settings(max_examples=150, deadline=None)
@given(learning_curves(), st.integers(-60, 60))
def test_scaling_the_loss_by_a_power_of_two_changes_nothing(
    curves: dict[str, np.ndarray], power: int
) -> None:
    factor = 2.0**power
    scaled = {k: v * factor if "loss" in k else v for k, v in curves.items()}
    a, b = diagnose(history(curves)), diagnose(history(scaled))
    assert (a.verdict, a.onset_epoch, a.best_epoch, kinds(a)) == (
        b.verdict,
        b.onset_epoch,
        b.best_epoch,
        kinds(b),
    )
    if a.best_loss is not None and b.best_loss is not None:
        assert b.best_loss == a.best_loss * factor


@settings(max_examples=150, deadline=None)
@given(learning_curves(), st.floats(0.01, 1000), st.floats(-100, 1000))
def test_stretching_the_axis_changes_nothing_but_the_places(
    curves: dict[str, np.ndarray], factor: float, shift: float
) -> None:
    assume(factor * 5 > abs(shift) * 1e-9)
    n = len(curves["loss"])
    x = factor * np.arange(n) + shift
    a = diagnose(history(curves))
    b = diagnose([series(name, values, x) for name, values in curves.items()])
    assert a.verdict == b.verdict
    assert kinds(a) == kinds(b)
    for before, after in ((a.onset_epoch, b.onset_epoch), (a.best_epoch, b.best_epoch)):
        assert (before is None) == (after is None)
        if before is not None:
            assert after == x[int(before) - 1]


@settings(max_examples=60, deadline=None)
@given(learning_curves())
def test_the_same_input_gives_the_same_words(curves: dict[str, np.ndarray]) -> None:
    assert diagnose(history(curves)).to_dict() == diagnose(history(curves)).to_dict() or any(
        isinstance(v, float) and math.isnan(v)
        for f in diagnose(history(curves)).findings
        for v in f.evidence.values()
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(places, st.floats(), st.floats()), max_size=30), st.booleans())
def test_never_an_exception_for_any_axis(points: list[tuple[float, float, float]], finished: bool) -> None:
    x = [at for at, _, _ in points]
    d = diagnose(
        [series("loss", [a for _, a, _ in points], x), series("val_loss", [b for _, _, b in points], x)],
        finished=finished,
    )
    assert d.verdict in VERDICTS
    d.to_dict()


@settings(max_examples=60, deadline=None)
@given(learning_curves())
def test_the_order_of_the_series_changes_nothing(curves: dict[str, np.ndarray]) -> None:
    said = {
        (d.verdict, d.sentence, d.onset_epoch, d.best_epoch)
        for d in (diagnose(history({name: curves[name] for name in order})) for order in permutations(curves))
    }
    assert len(said) == 1


@settings(max_examples=300, deadline=None)
@given(learning_curves())
def test_half_of_the_points_never_turn_healthy_into_a_strong_alarm(curves: dict[str, np.ndarray]) -> None:
    if diagnose(history(curves)).verdict != "healthy":
        return
    x = np.arange(1, len(curves["loss"]) + 1)
    for part in (slice(0, None, 2), slice(1, None, 2)):
        half = diagnose(history({name: values[part] for name, values in curves.items()}, x[part]))
        assert not (half.overfitting and half.findings[0].severity == "strong")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=5, max_size=60))
def test_constant_and_two_valued_curves_have_an_answer(raw: list[float]) -> None:
    two = [raw[0] if value < 0 else raw[1] for value in raw]
    for val in (two, [raw[0]] * len(raw)):
        d = diagnose(history({"loss": np.exp(-np.arange(len(raw)) / 5), "val_loss": val}))
        assert d.best_epoch is not None
    assert d.best_epoch == 1
    assert not d.overfitting
