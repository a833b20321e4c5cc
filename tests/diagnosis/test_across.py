"""What several runs show together: counts that are right, differences that are there, and silence otherwise."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tracker.diagnosis import Told, observe
from tracker.diagnosis.configs import fisher
from tracker.diagnosis.seeds import t_quantile
from tracker.model import Diagnosis, Finding, Observation, Verdict

HOUR = 3_600_000


def told(
    name: str,
    verdict: Verdict = "healthy",
    config: Mapping[str, Any] | None = None,
    *,
    onset: float | None = None,
    best: float = 10.0,
    end: float = 100.0,
    loss: float | None = None,
    accuracy: float | None = None,
    group: str | None = None,
    duration_ms: int | None = None,
) -> Told:
    evidence = {"past_best": end - best, "past_best_share": (end - best) / end}
    d = Diagnosis(
        verdict,
        "",
        "epoch",
        (Finding("best_epoch", "note", best, best, "", (), evidence),),
        onset_epoch=onset,
        best_epoch=best,
        best_loss=loss,
        best_accuracy=accuracy,
        loss=("train/loss", "val/loss"),
        accuracy=("train/accuracy", "val/accuracy"),
    )
    return Told(name, name, d, config or {}, group, duration_ms)


def of(kind: str, seen: tuple[Observation, ...]) -> list[Observation]:
    return [one for one in seen if one.kind == kind]


# --------------------------------------------------------------------------------------------------------------- seeds


def seeds(group: str, losses: list[float], onsets: list[float] | None = None) -> list[Told]:
    verdicts: list[tuple[Verdict, float | None]] = [("overfitting", onset) for onset in onsets or ()]
    verdicts += [("healthy", None)] * (len(losses) - len(verdicts))
    return [
        told(f"{group}{i}", verdict, {"seed": i}, onset=onset, loss=loss, group=group)
        for i, (loss, (verdict, onset)) in enumerate(zip(losses, verdicts, strict=True))
    ]


def test_a_group_of_seeds_is_counted() -> None:
    group = of("seed_group", observe(seeds("wide", [0.30, 0.32, 0.31, 0.33, 0.29], [24, 18, 20, 22])))
    assert [one.text for one in group] == [
        "wide: 4 of 5 overfit, onset epoch 18 to 24; best validation loss 0.310 ± 0.016 (mean and standard deviation)."
    ]
    assert group[0].severity == "likely"
    assert group[0].run_ids == ("wide0", "wide1", "wide2", "wide3", "wide4")


def test_runs_of_a_group_that_broke_off_are_counted() -> None:
    runs = seeds("wide", [0.30, 0.32, 0.31, 0.33, 0.29])
    broken = [replace(run, broke_off=i < 2) for i, run in enumerate(runs)]
    (group,) = of("seed_group", observe(broken))
    assert group.text.startswith(
        "wide: all 5 are healthy; 2 of 5 broke off before their end; best validation loss "
    )
    assert group.evidence["broke_off"] == 2
    (whole,) = of("seed_group", observe(runs))
    assert "broke" not in whole.text
    assert "broke_off" not in whole.evidence


def test_runs_without_a_group_that_differ_only_in_the_seed_belong_together() -> None:
    alike = [told(f"r{i}", config={"lr": 0.1, "seed": i}, loss=0.3 + i / 100) for i in range(3)]
    assert of("seed_group", observe(alike))[0].text.startswith("r0 and its like: all 3 are healthy; ")
    other = [told(f"r{i}", config={"lr": 0.1 * i, "seed": i}, loss=0.3) for i in range(3)]
    assert not of("seed_group", observe(other))
    assert not of("seed_group", observe([told(f"r{i}", loss=0.3) for i in range(3)]))


def test_two_runs_or_runs_too_young_make_no_group() -> None:
    assert not of("seed_group", observe(seeds("a", [0.3, 0.4])))
    assert not of(
        "seed_group", observe([told(f"a{i}", "too_early", {"seed": i}, group="a") for i in range(4)])
    )


def test_groups_differ_only_beyond_seed_noise() -> None:
    near = seeds("near", [0.300, 0.310, 0.305, 0.295])
    far = of("groups_differ", observe([*near, *seeds("far", [0.40, 0.41, 0.42, 0.39])]))
    assert far[0].text.startswith(
        "near is ahead of far beyond seed noise: best validation loss 0.3025 against 0.405, "
    )
    assert far[0].severity == "likely"
    same = of("groups_differ", observe([*near, *seeds("same", [0.298, 0.312, 0.309, 0.301])]))
    assert same[0].text.startswith("near and same do not differ beyond seed noise")
    assert same[0].severity == "note"
    assert not of("groups_differ", observe([*near, *seeds("few", [0.40, 0.41])]))
    assert not of("groups_differ", observe([*seeds("a", [0.3] * 3), *seeds("b", [0.4] * 3)]))


def test_groups_of_one_kind_are_seldom_called_different() -> None:
    rng = random.Random(0)
    wrong = 0
    for _ in range(200):
        runs = [run for name in "abc" for run in seeds(name, [rng.gauss(1, 0.1) for _ in range(4)])]
        wrong += any(one.severity == "likely" for one in of("groups_differ", observe(runs)))
    assert wrong <= 0.1 * 200


@pytest.mark.parametrize(
    ("chance", "freedom", "value"), [(0.975, 4, 2.776), (0.975, 10, 2.228), (0.995, 8, 3.355)]
)
def test_quantiles_of_students_t(chance: float, freedom: float, value: float) -> None:
    assert t_quantile(chance, freedom) == pytest.approx(value, rel=0.01)


# -------------------------------------------------------------------------------------------------------------- configs


def test_two_runs_are_told_by_verdict_and_config() -> None:
    plain = told("plain", "overfitting", {"model": {"dropout": 0.0}, "lr": 0.1}, onset=18)
    careful = told("careful", "healthy", {"model": {"dropout": 0.3}, "lr": 0.1, "ema": True})
    (said,) = of("config_difference", observe([plain, careful]))
    assert said.text == (
        "plain overfits from epoch 18, careful is healthy. They differ in ema (not set against True) and model.dropout "
        "(0 against 0.3): an observation, not a cause."
    )


def test_only_the_seed_or_nothing_differs() -> None:
    first, other = told("a", "overfitting", {"seed": 1}, onset=18), told("b", "healthy", {"seed": 2})
    assert observe([first, other])[0].text.endswith("Only seed differs (1 against 2).")
    first, other = told("a", "overfitting", {"lr": 1}, onset=18), told("b", "healthy", {"lr": 1})
    assert observe([first, other])[0].text.endswith("seed or order of the data may do this.")


def test_two_runs_that_are_judged_alike_are_not_told() -> None:
    assert not of("config_difference", observe([told("a", config={"lr": 1}), told("b", config={"lr": 2})]))
    close = [told(name, "overfitting", {"lr": lr}, onset=18 + lr) for name, lr in (("a", 1), ("b", 2))]
    assert not of("config_difference", observe(close))
    young = [told("a", "too_early", {"lr": 1}), told("b", "healthy", {"lr": 2})]
    assert not of("config_difference", observe(young))
    late = [told("a", "overfitting", {"lr": 1}, onset=10), told("b", "overfitting", {"lr": 2}, onset=40)]
    assert "a overfits from epoch 10, b overfits from epoch 40" in observe(late)[0].text


def sweep(key: str, bad: list[Any], good: list[Any]) -> list[Told]:
    runs = [told(f"bad{i}", "overfitting", {key: value, "seed": i}, onset=9) for i, value in enumerate(bad)]
    return [
        *runs,
        *(told(f"good{i}", "healthy", {key: value, "seed": 9 + i}) for i, value in enumerate(good)),
    ]


def test_a_key_that_separates_is_told_with_counts() -> None:
    runs = sweep("dropout", [0.0, 0.0, 0.05, 0.0, 0.1], [0.3, 0.5, 0.3, 0.2, 0.4])
    assert [(one.severity, one.text) for one in of("config_separates", observe(runs))] == [
        (
            "likely",
            "5 of 5 runs with dropout 0.1 or less overfit, 0 of 5 with 0.2 or more: an observation, not a cause.",
        )
    ]
    words = sweep("optimizer", ["adam"] * 5, ["sgd"] * 5)
    assert (
        "5 of 5 runs with optimizer adam overfit, 0 of 5 with sgd"
        in of("config_separates", observe(words))[0].text
    )


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ([0.0, 0.0], [0.3, 0.5, 0.3, 0.2]),
        ([0.0, 0.3, 0.1, 0.5], [0.3, 0.0, 0.2, 0.4]),
        ([0.1] * 5, [0.1] * 5),
        (["a", "b", "c", "d"], ["e", "f", "g", "h"]),
    ],
    ids=["two runs", "mixed", "constant", "a name each"],
)
def test_a_key_that_does_not_separate_is_not_told(bad: list[Any], good: list[Any]) -> None:
    assert not of("config_separates", observe(sweep("dropout", bad, good)))


def test_keys_drawn_at_random_seldom_separate() -> None:
    rng = random.Random(1)
    wrong = 0
    for _ in range(200):
        runs = [
            told(
                f"r{i}",
                rng.choice(["overfitting", "healthy"]),
                {
                    "lr": 10 ** rng.uniform(-4, -1),
                    "aug": rng.random() < 0.5,
                    "width": rng.choice([32, 64, 128]),
                },
                onset=5,
            )
            for i in range(14)
        ]
        wrong += bool(of("config_separates", observe(runs)))
    assert wrong <= 0.1 * 200


def test_fisher_knows_the_lady_tasting_tea() -> None:
    assert fisher(3, 1, 1, 3) == pytest.approx(34 / 70)
    assert fisher(4, 0, 0, 4) == pytest.approx(2 / 70)


# ------------------------------------------------------------------------------------------------- which run, what time


@pytest.mark.parametrize(
    "accuracies", [(0.88, 0.91, 0.5), (88.0, 91.0, 50.0), (0.88, 91.0, 50.0), (88.0, 0.91, 50)]
)
def test_the_best_runs_by_loss_and_by_accuracy_are_two(accuracies: tuple[float, ...]) -> None:
    named = zip(("calm", "sharp", "x"), (0.30, 0.40, 0.5), accuracies, strict=True)
    runs = [told(name, loss=loss, accuracy=accuracy) for name, loss, accuracy in named]
    assert of("best_runs_differ", observe(runs))[0].text == (
        "calm has the best validation loss (0.3 against 0.4), sharp the best validation accuracy (91.0\u202f% against "
        "88.0\u202f%). Take calm if you use the probabilities, sharp if only the decisions count."
    )


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ((0.30, 0.91), (0.40, 0.88)),
        ((0.30, 0.90), (0.40, 0.905)),
        ((0.300, 0.88), (0.301, 0.91)),
        ((0.3, None), (0.4, 0.9)),
        ((0.30, 0.91), (0.40, 88.0)),
    ],
    ids=["one is best", "accuracy alike", "loss alike", "no accuracy", "one is best, the other in percent"],
)
def test_one_best_run_is_no_observation(
    first: tuple[float, float | None], other: tuple[float, float | None]
) -> None:
    runs = [
        told(name, loss=loss, accuracy=accuracy) for name, (loss, accuracy) in (("a", first), ("b", other))
    ]
    assert not of("best_runs_differ", observe(runs))


def test_time_past_the_best_epoch_is_added_up() -> None:
    runs = [
        told("a", "overfitting", onset=60, best=50, duration_ms=2 * HOUR),
        told("b", "overconfident", onset=80, best=75, duration_ms=4 * HOUR),
        told("c", best=20, duration_ms=4 * HOUR),
    ]
    assert of("time_past_best", observe(runs))[0].text == (
        "2 of 3 runs went on past the best epoch into overfitting, for 75 epochs (2.0 hours, 20\u202f% of all training "
        "time) in all."
    )
    untimed = observe([told("a", "overfitting", onset=60, best=50), told("b")])
    assert of("time_past_best", untimed)[0].text.endswith("for 50 epochs in all.")


def test_no_time_is_past_the_best_where_nothing_overfits() -> None:
    assert not of("time_past_best", observe([told("a", best=10), told("b", "underfitting", best=5)]))
    ended = told("a", "overfitting", onset=99, best=100)
    assert not of("time_past_best", observe([ended, told("b")]))


def test_one_run_or_none_says_nothing_together() -> None:
    assert observe([]) == ()
    assert observe([told("a", "overfitting", onset=3)]) == ()


def test_the_same_runs_give_the_same_words_and_survive_json() -> None:
    runs = sweep("dropout", [0.0] * 5, [0.3] * 5)
    assert observe(runs) == observe(list(runs))
    for one in observe(runs):
        assert one.text.endswith(".")
        assert str(one) == one.text
        assert set(one.to_dict()) == {"kind", "severity", "text", "run_ids", "evidence"}
