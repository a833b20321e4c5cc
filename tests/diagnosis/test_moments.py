"""Spikes and jumps of the learning rate, alone and together."""

from __future__ import annotations

import numpy as np
import pytest

from tests.diagnosis.findings import finding, said

K = np.arange(100.0)
NOISE = 0.001 * np.random.default_rng(0).normal(size=(2, 100))
CURVES = {"loss": 0.5 + np.exp(-K / 6) + NOISE[0], "val_loss": 0.6 + np.exp(-K / 6) + NOISE[1]}


def spiked(*places: int) -> dict[str, np.ndarray]:
    loss = CURVES["loss"].copy()
    loss[list(places)] += 3
    return {**CURVES, "loss": loss}


def test_a_spike_is_told_with_its_place() -> None:
    spike = finding(said(spiked(60)), "spike")
    assert (spike.start, spike.end, spike.evidence["spikes"]) == (61, 61, 1)
    assert spike.fact.startswith("Training loss has a spike at epoch 61, ")
    assert "learning rate" not in spike.fact


def test_many_spikes_are_one_finding() -> None:
    assert (
        "Training loss has 3 spikes, the highest at epoch " in finding(said(spiked(20, 50, 60)), "spike").fact
    )


def test_a_level_a_slope_or_noise_is_no_spike() -> None:
    assert not said(CURVES).found("spike")
    assert not said({**CURVES, "loss": CURVES["loss"] + np.where(K > 60, 3, 0)}).found("spike")
    rough = np.random.default_rng(1).normal(size=100)
    assert not said({**CURVES, "loss": CURVES["loss"] + 0.2 * rough}).found("spike")


def test_the_first_epochs_may_jump() -> None:
    for place, told in ((10, False), (70, True)):
        loss = CURVES["loss"].copy()
        loss[place] += 0.3
        assert said({**CURVES, "loss": loss}).found("spike") == told


def test_a_spike_at_a_restart_names_the_learning_rate() -> None:
    rate = np.concatenate([np.geomspace(0.1, 0.001, 60), np.geomspace(0.1, 0.001, 40)])
    d = said({**spiked(60), "lr": rate})
    assert finding(d, "spike").fact.endswith(", right after the learning rate rose from 0.001 to 0.1.")
    restart = finding(d, "lr_restart")
    assert (restart.start, restart.evidence["after"]) == (61, 0.1)


def test_a_spike_at_the_peak_of_a_warm_up_names_it() -> None:
    rate = np.minimum(K + 1, 61) / 610 * np.where(K > 60, 0.5, 1)
    assert (
        "while the learning rate was at its highest, 0.1"
        in finding(said({**spiked(60), "lr": rate}), "spike").fact
    )


def test_a_spike_elsewhere_leaves_the_rate_out() -> None:
    steps = np.where(K < 50, 0.1, 0.01)
    assert "learning rate" not in finding(said({**spiked(30), "lr": steps}), "spike").fact
    assert "learning rate" not in finding(said({**spiked(70), "lr": steps}), "spike").fact


def test_a_drop_of_the_rate_is_told_with_what_the_loss_did() -> None:
    val = np.where(K < 50, 0.6 + np.exp(-K / 6), 0.4) + NOISE[1]
    d = said({"loss": val - 0.1, "val_loss": val, "learning_rate": np.where(K < 50, 0.1, 0.01)})
    drop = finding(d, "lr_drop")
    assert (drop.start, drop.end) == (51, 51)
    assert drop.fact == (
        "The learning rate fell from 0.1 to 0.01 at epoch 51; validation loss was 33\u202f% lower soon after."
    )
    quiet = finding(said({**CURVES, "lr": np.where(K < 50, 0.1, 0.01)}), "lr_drop")
    assert quiet.fact == "The learning rate fell from 0.1 to 0.01 at epoch 51."


def test_many_drops_are_one_finding() -> None:
    d = said({**CURVES, "train/lr": 0.1 * 0.5 ** (K // 10)})
    drop = finding(d, "lr_drop")
    assert drop.fact.startswith("The learning rate fell 9 times between epoch 11 and epoch 91.")
    assert (drop.start, drop.end) == (11, 91)
    saw = 0.1 * 0.1 ** ((K % 10) / 9)
    assert (
        "was raised again 9 times between epoch 11 and epoch 91."
        in finding(said({**CURVES, "lr": saw}), "lr_restart").fact
    )


@pytest.mark.parametrize(
    "rate",
    [
        np.full(100, 0.1),
        0.05 * (1 + np.cos(np.pi * K / 100)),
        0.1 * 0.9**K,
        np.minimum(K + 1, 10) / 100,
        0.05 * (1 + np.cos(np.pi * K / 99)),
        np.full(100, np.nan),
        np.random.default_rng(0).random(100),
    ],
    ids=["constant", "cosine", "exponential", "warm-up", "cosine to zero", "nan", "drawn at random"],
)
def test_a_smooth_schedule_is_no_moment(rate: np.ndarray) -> None:
    d = said({**CURVES, "lr": rate})
    assert not d.found("lr_drop")
    assert not d.found("lr_restart")


def test_a_rate_logged_by_another_name_or_another_setting() -> None:
    steps = np.where(K < 50, 0.1, 0.01)
    for name in ("lr-SGD", "train/learning_rate", "lr/pg0"):
        assert said({**CURVES, name: steps}).found("lr_drop"), name
    for name in ("momentum", "weight_decay", "temperature"):
        assert not said({**CURVES, name: steps}).found("lr_drop"), name
