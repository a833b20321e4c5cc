"""A real fastai training, in an environment of its own: see `make test-frameworks`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tests.frameworks.conftest import Data, Stored, need
from tests.frameworks.test_docs import run_page


def learner_of(data: Data) -> Any:
    need("fastai")
    import pandas as pd
    from fastai.tabular.all import TabularDataLoaders, accuracy, tabular_learner

    x, y, x_val, y_val = data
    frame = pd.DataFrame(np.concatenate([x, x_val]), columns=[f"c{i}" for i in range(x.shape[1])])
    frame["y"] = np.concatenate([y, y_val]).astype(str)
    loaders = TabularDataLoaders.from_df(
        frame,
        cont_names=[f"c{i}" for i in range(x.shape[1])],
        y_names="y",
        valid_idx=list(range(len(x), len(frame))),
        bs=24,
    )
    return tabular_learner(loaders, layers=[64], metrics=accuracy)


def test_fastai_logs_epochs_from_one(data: Data, stored: Stored) -> None:
    learner = learner_of(data)
    from tracker.integrations.fastai import TrackerCallback

    with learner.no_bar(), learner.no_logging():
        learner.fit_one_cycle(4, 0.01, cbs=[TrackerCallback(project="tables", every=2)])
    record, series = stored()
    assert (record.project, record.status) == ("tables", "finished")
    assert {"train_loss", "valid_loss", "accuracy", "lr", "batch/loss"} <= set(series)
    assert series["valid_loss"].epoch.tolist() == [1, 2, 3, 4]
    assert record.config["epochs"] == 4
    assert record.config["batch_size"] == 24


def test_fastai_stops_by_the_diagnosis(data: Data, stored: Stored) -> None:
    learner = learner_of(data)
    from tracker.integrations.fastai import TrackerCallback

    with learner.no_bar(), learner.no_logging():
        learner.fit(120, 0.01, cbs=[TrackerCallback(stop=True)])
    record, series = stored()
    assert record.status == "finished"
    assert len(series["valid_loss"]) < 120


def test_the_program_of_the_page_runs(url: str, tmp_path: Path) -> None:
    need("fastai")
    run_page("fastai", tmp_path)
