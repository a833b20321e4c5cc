"""Runs without a held-out curve: what is said of training alone, of an agent's reward and of a GAN."""

from __future__ import annotations

import numpy as np
import pytest

from tests.diagnosis.curves import history
from tracker.diagnosis import diagnose
from tracker.diagnosis.reads import series_read

K = np.arange(300)
RNG = np.random.default_rng(0)


def test_the_only_curve_is_called_training_and_its_course_is_told() -> None:
    flat = diagnose(history({"loss": 0.3 + np.exp(-K / 8)}))
    assert flat.verdict == "uncertain"
    assert "only training loss was logged, which is almost flat since epoch" in flat.sentence
    falls = diagnose(history({"loss": 3 - 0.008 * K}))
    assert "training loss was logged, which is still falling" in falls.sentence
    rises = diagnose(history({"loss": 0.5 + np.exp(-K / 8) + 0.001 * K}))
    assert "only training loss was logged, which rose" in rises.sentence
    constant = diagnose(history({"loss": np.full(30, 2.3)}))
    assert constant.verdict == "underfitting"
    assert "training loss did not improve" in constant.sentence
    for one in (flat, falls, rises, constant):
        assert "validation loss" not in one.sentence.split("Log a ")[0]


def test_an_agent_whose_reward_collapses_is_told_so_whatever_its_losses_do() -> None:
    curves = {
        "policy_loss": 0.01 * RNG.normal(size=300),
        "value_loss": 5 * np.abs(RNG.normal(size=300)),
        "episode_reward": 200 * (1 - np.exp(-K / 60))
        - 1.2 * np.maximum(0, K - 150)
        + 30 * RNG.normal(size=300),
    }
    d = diagnose(history(curves))
    assert d.verdict == "uncertain"
    assert d.accuracy == ("episode_reward", None)
    assert "episode reward fell by" in d.sentence
    assert "training" not in d.sentence.split("Whether")[0]
    assert set(series_read(curves)) == {"episode_reward"}


def test_the_losses_of_a_gan_are_neither_divergence_nor_underfitting() -> None:
    curves = {
        "g_loss": 2 + 0.3 * RNG.normal(size=300) + 0.01 * K,
        "d_loss": 0.6 + 0.1 * RNG.normal(size=300) - 0.0005 * K,
    }
    d = diagnose(history(curves))
    assert d.verdict == "uncertain"
    assert "g loss is a loss of networks that work against each other" in d.sentence
    broken = {**curves, "g_loss": np.where(K < 200, curves["g_loss"], np.nan)}
    assert diagnose(history(broken)).verdict == "diverged"
    with_fid = diagnose(history({**curves, "fid": 20 + 80 * np.exp(-K / 40)}))
    assert with_fid.loss == ("fid", None)


def test_a_loss_with_validation_is_judged_whatever_its_name() -> None:
    curves = {"train/d_loss": np.exp(-K / 30), "val/d_loss": 0.3 + np.exp(-K / 20) + 0.004 * K}
    assert diagnose(history(curves)).overfitting


def test_an_agent_is_judged_by_its_reward_and_not_by_its_optimiser() -> None:
    curves = {
        "rollout/ep_rew_mean": 200 * (1 - np.exp(-K / 40)),
        "train/loss": 5 + RNG.normal(size=300),
        "train/value_loss": 20 + 3 * RNG.normal(size=300),
        "train/approx_kl": 0.01 + 0.001 * RNG.normal(size=300),
        "train/explained_variance": 1 - np.exp(-K / 30),
    }
    d = diagnose(history(curves))
    assert d.accuracy == (None, "rollout/ep_rew_mean")
    assert d.sentence.startswith("Healthy: rollout ep rew mean is almost flat since epoch")


@pytest.mark.parametrize(("name", "end"), [("episode_reward", -150.0), ("train/log_likelihood", -500.0)])
def test_a_score_that_broke_fell_and_did_not_grow(name: str, end: float) -> None:
    d = diagnose(history({name: np.concatenate([np.linspace(-40, -5, 60), np.linspace(-5, end, 60)])}))
    assert d.verdict == "diverged"
    assert "fell to -" in d.sentence
    assert "grew" not in d.sentence


@pytest.mark.parametrize("noise", [1.0, 30.0])
def test_a_reward_beside_an_optimisers_losses_has_no_validation_set(noise: float) -> None:
    rng = np.random.default_rng(3)
    rise_and_fall = np.concatenate([np.linspace(0, 100, 60), np.linspace(100, 75, 40)])
    curves = {
        "rollout/ep_rew_mean": rise_and_fall + noise * rng.normal(size=100),
        "train/value_loss": 20 + 3 * rng.normal(size=100),
    }
    d = diagnose(history(curves))
    said = " ".join([d.sentence, *d.advice, *(f.fact + "".join(f.advice) for f in d.findings)])
    assert "rollout ep rew mean fell by" in d.sentence
    assert "  " not in said
    assert "training rollout" not in said
    assert "examples" not in said
    assert ("episodes" if noise > 1 else "where it was not trained") in said
