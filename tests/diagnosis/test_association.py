"""Rank correlations against known values, their intervals against simulation, and the words that they are put in."""

from __future__ import annotations

import math
import random
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.diagnosis.association import (
    FEWEST,
    categorical,
    caution,
    correlation,
    interval,
    numeric,
    ranked,
    ranks,
    sentence,
    spearman,
)

# A textbook's example: IQ against hours of television a week, rho = -29/165.
IQ = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110]
HOURS = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]


def test_a_known_correlation() -> None:
    assert spearman(IQ, HOURS) == pytest.approx(-29 / 165)


def test_equal_values_share_the_mean_of_their_ranks() -> None:
    import numpy as np

    assert ranks(np.array([10.0, 20.0, 20.0, 5.0])).tolist() == [2, 3.5, 3.5, 1]


@given(st.lists(st.integers(-5, 5), min_size=2, max_size=20))
def test_only_the_order_counts(values: list[int]) -> None:
    grown = [math.exp(v) for v in values]
    x = list(range(len(values)))
    assert spearman(x, values) == spearman(x, grown)


def test_a_constant_has_no_correlation() -> None:
    assert spearman([1, 1, 1], [1, 2, 3]) is None
    assert spearman([1], [2]) is None


def test_the_interval_holds_what_it_promises() -> None:
    """Of 400 samples whose true rank correlation is known, about 95 % of the intervals hold it."""
    rng = random.Random(1)
    slope = 0.7
    true = 6 / math.pi * math.asin(slope / 2)  # of two normal variables (Pearson, 1907)
    held = 0
    for _ in range(400):
        x = [rng.gauss(0, 1) for _ in range(25)]
        y = [slope * v + math.sqrt(1 - slope**2) * rng.gauss(0, 1) for v in x]
        rho = spearman(x, y)
        assert rho is not None
        low, high = interval(rho, 25)
        held += low <= true <= high
    assert 0.92 <= held / 400 <= 0.98


def test_a_perfect_order_is_not_certain() -> None:
    low, high = interval(1.0, FEWEST)
    assert 0.3 < low < 0.8
    assert high < 1
    assert interval(-1.0, FEWEST) == pytest.approx((-high, -low))


def test_many_comparisons_widen_the_interval() -> None:
    one, many = interval(0.5, 30), interval(0.5, 30, comparisons=20)
    assert many[0] < one[0] < one[1] < many[1]
    x = [float(v) for v in range(16)]
    y = [x[(5 * i) % 16] if i % 3 == 0 else x[i] for i in range(16)]
    alone = numeric("lr", x, y)
    assert alone.clear
    assert alone.apart
    among = numeric("lr", x, y, comparisons=100_000_000)
    assert (among.low, among.high) == (alone.low, alone.high)
    assert not among.apart


def test_too_few_runs_say_nothing() -> None:
    few = numeric("lr", [1, 2, 3, 4, 5], [1, 2, 3, 4, 5])
    assert few.rho is None
    said = sentence(few, "best val/loss", "min")
    assert "Only 5 runs have both lr and best val/loss: too few" in said
    assert "Only 1 run has" in sentence(numeric("lr", [1.0], [1.0]), "best val/loss", "min")


def test_two_categories_are_an_order() -> None:
    y = [0.3, 0.31, 0.29, 0.5, 0.52, 0.48, 0.51]
    kinds = ["true", "true", "true", "false", "false", "false", "false"]
    found = categorical("augment", kinds, y)
    assert found.rho == pytest.approx(spearman([1, 1, 1, 0, 0, 0, 0], y))
    assert found.levels == (("true", 0.3, 3), ("false", 0.505, 4))
    assert "augment = true goes with lower (better) best val/loss" in sentence(found, "best val/loss", "min")


def test_categories_without_an_order_get_a_strength_that_chance_leaves_at_nothing() -> None:
    apart = categorical("opt", ["a", "b", "c"] * 5, [float(i % 3) + 0.01 * i for i in range(15)])
    assert apart.rho is None
    assert apart.strength > 0.9
    means = []
    for order in list(permutations(range(8)))[::400]:
        found = categorical("opt", list("aabbccdd"), [float(v) for v in order])
        means.append(found.strength**2)
    assert sum(means) / len(means) < 0.25
    said = sentence(apart, "best val/loss", "min")
    assert said.startswith("Across 15 runs, the median best val/loss is lowest with opt = a")


def test_the_sentence_observes_and_names_its_numbers() -> None:
    x = [float(i) for i in range(24)]
    rng = random.Random(3)
    found = numeric("lr", x, [v + rng.gauss(0, 8) for v in x])
    said = sentence(found, "best val/loss", "min")
    assert said.startswith(
        "Across 24 runs, higher lr goes with higher (worse) best val/loss (rank correlation ."
    )
    assert " to ." in said
    for word in ("because", "cause", "leads", "improves", "effect"):
        assert word not in said
    assert "(better)" in sentence(found, "best val/accuracy", "max")


def test_no_association_is_said_as_none() -> None:
    found = numeric("seed", [1, 2, 3, 4, 5, 6, 7, 8], [3, 1, 4, 1, 5, 9, 2, 6])
    assert "no clear association of seed with best val/loss" in sentence(found, "best val/loss", "min")
    same = numeric("seed", [1.0] * 8, [3, 1, 4, 1, 5, 9, 2, 6])
    assert "is the same in all" in sentence(same, "best val/loss", "min")


def test_the_best_in_the_middle_is_seen() -> None:
    x = [float(i) for i in range(20)]
    valley = numeric("lr", x, [abs(v - 9.6) + 0.1 * (v % 3) for v in x])
    assert not valley.clear
    said = sentence(valley, "best val/loss", "min")
    assert "values of lr in the middle go with lower (better) best val/loss than those at the ends" in said
    assert numeric("lr", x, x).bend is None
    rng = random.Random(5)
    alarms = sum(numeric("lr", x, [rng.random() for _ in x]).bend is not None for _ in range(300))
    assert alarms <= 0.05 * 300


def test_the_strongest_come_first_and_the_unsaid_last() -> None:
    x = [float(i) for i in range(10)]
    found = [
        numeric("few", x[:3], x[:3]),
        numeric("weak", x, [3, 1, 4, 1, 5, 9, 2, 6, 5, 3]),
        numeric("strong", x, x[::-1]),
    ]
    assert [one.key for one in ranked(found)] == ["strong", "weak", "few"]


def test_a_reader_of_many_is_warned() -> None:
    assert caution(1) == ""
    assert "8 settings were compared: by chance alone one in twenty" in caution(8)
    assert "about 5 would look associated" in caution(100)


@pytest.mark.parametrize(
    ("value", "text"), [(0.61, ".61"), (-0.3, "−.30"), (1.0, "1.00"), (-0.001, ".00"), (0.0, ".00")]
)
def test_correlations_are_written_as_statisticians_do(value: float, text: str) -> None:
    assert correlation(value) == text
