"""What a training process reads back of its own run is judged by what the user said about it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tracker
from tests.support.process import Home


@pytest.mark.parametrize(
    "counts", [[500, 500], {"cat": 500, "dog": 500}], ids=["list of counts", "counts by name"]
)
def test_class_counts_of_the_config_reach_the_diagnosis(home: Home, counts: Any) -> None:
    with tracker.init(config={"class_counts": counts}) as run:
        for k in range(40):
            fall = 2 * np.exp(-k / 2)
            run.log({"loss": 0.69 + fall, "val_loss": 0.70 + fall}, epoch=k)
        assert run.diagnosis().verdict == "underfitting"


def test_n_val_of_the_config_reaches_the_diagnosis(home: Home) -> None:
    verdicts = {}
    for n_val in (20, 20_000):
        with tracker.init(config={"n_val": n_val}) as run:
            for k in range(60):
                run.log(
                    {"loss": np.exp(-k / 8), "val_loss": 0.4 + np.exp(-k / 5) + 0.0042 * max(0, k - 15)},
                    epoch=k,
                )
            verdicts[n_val] = run.diagnosis().verdict
    assert verdicts == {20: "uncertain", 20_000: "overfitting"}


def test_a_defined_metric_is_judged(home: Home) -> None:
    with tracker.init() as run:
        run.define_metric("train/energy", goal="min")
        run.define_metric("val/energy", goal="min")
        for k in range(40):
            run.log({"train/energy": np.exp(-k / 8), "val/energy": 0.4 + np.exp(-k / 5) + 0.02 * k}, epoch=k)
        found = run.diagnosis()
    assert found.verdict == "overfitting"
    assert found.loss == ("train/energy", "val/energy")


def rising(run: tracker.Run, epochs: int = 40) -> None:
    for k in range(epochs):
        run.log({"loss": np.exp(-k / 8), "val_loss": 0.4 + np.exp(-k / 5) + 0.03 * max(0, k - 12)}, epoch=k)


def test_the_end_says_what_the_curves_mean_and_keeps_it(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    with tracker.init(config={"n_val": 5000}) as run:
        rising(run)
    said = capsys.readouterr().err.splitlines()
    assert sum(f"run {run.name} ({run.id}): Overfitting from epoch" in line for line in said) == 1
    record = home.only_run()
    version, kept = home.store().diagnoses([record.run_id])[record.run_id]
    assert (version, kept.verdict) == (record.version, "overfitting")


def test_the_end_is_silent_where_nothing_can_be_judged(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    with tracker.init() as run:
        for k in range(40):
            run.log(reward=float(k % 7))
    with tracker.init() as run:
        rising(run, 4)
    assert len(capsys.readouterr().err.splitlines()) == 2  # each run's first line


def test_a_diagnosis_that_fails_fails_nothing(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("no luck")

    monkeypatch.setattr("tracker.client.reading.diagnose", broken)
    with tracker.init() as run:
        rising(run)
    said = f"run {run.name} ({run.id}) could not be diagnosed, all its points are kept: no luck"
    assert said in capsys.readouterr().err
    assert home.only_run().status == "finished"
