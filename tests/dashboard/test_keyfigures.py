"""The row of tiles over a run's curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.support.runs import HEALTHY, OVERFIT, finished_run, log
from tests.support.sessions import Session, row
from tracker.dashboard.components.keyfigures import reached, tiles
from tracker.dashboard.data import Data
from tracker.store.base import Store


def said(store: Store, curves: Mapping[str, Sequence[float]]) -> dict[str, tuple[str, str]]:
    """Return each tile's figure and what stands under it, by the tile's name."""
    record = finished_run(store, "digits", "run", curves)
    row: Any = tiles(Data(store).curves([record])[record.run_id])
    return {t.children[0].children[1]: (t.children[1].children, t.children[2].children) for t in row.children}


def test_the_lowest_point_is_named_where_it_is_not_the_best_epoch(store: Store) -> None:
    found = said(store, OVERFIT)
    assert found["Best validation loss"] == ("0.734", "epoch 19, lowest 0.732 at 18")
    assert found["Overfitting onset"][0].startswith("epoch ")


def test_a_loss_that_ends_at_its_best_has_not_risen_since(store: Store) -> None:
    found = said(store, HEALTHY)
    assert found["Validation loss since best"][0] == "none"
    assert "lowest" not in found["Best validation loss"][1]
    assert found["Best validation accuracy"] == ("–", "none is logged")


def test_a_run_without_validation_says_what_is_missing(store: Store) -> None:
    found = said(store, {"train/loss": HEALTHY["train/loss"]})
    assert found["Best validation loss"] == ("–", "none is logged")
    assert found["Generalisation gap"] == ("–", "needs training and validation loss")


def test_a_run_that_became_nan_says_so_and_asks_for_nothing(store: Store) -> None:
    broken = {name: [*values[:30], *[float("nan")] * 30] for name, values in HEALTHY.items()}
    found = said(store, broken)
    assert found["Validation loss since best"][0] == "became NaN"
    assert found["Generalisation gap"][1] == ""


def test_a_training_loss_logged_by_step_alone_has_come_as_far_as_the_epochs_beside_it(store: Store) -> None:
    session = Session(store, project="digits", name="by step")
    train = [row(e * 10 + i, OVERFIT["train/loss"][e], "train/loss") for e in range(60) for i in range(10)]
    val = [row(e * 10, v, "val/loss", epoch=float(e)) for e, v in enumerate(OVERFIT["val/loss"])]
    session.ship([*train, *val], status="running")
    session.ship(status="finished")
    record = store.runs(run_ids=[session.run_id])[0]
    curves = Data(store).curves([record])[record.run_id]
    assert curves.diagnosis.overfitting
    assert reached(curves) == pytest.approx(59.9)
    row_of_tiles: Any = tiles(curves)
    assert row_of_tiles.children[2].children[2].children.endswith(" epochs past it")


def test_the_lowest_point_stands_at_an_epoch_though_it_was_logged_without_one(store: Store) -> None:
    session = Session(store, project="digits", name="one epoch missing")
    log(session, {"train/loss": OVERFIT["train/loss"]})
    session.ship(
        [
            row(e, v, "val/loss", epoch=None if e == 18 else float(e))
            for e, v in enumerate(OVERFIT["val/loss"])
        ],
        status="finished",
    )
    record = store.runs(run_ids=[session.run_id])[0]
    row_of_tiles: Any = tiles(Data(store).curves([record])[record.run_id])
    assert row_of_tiles.children[0].children[2].children == "epoch 19, lowest 0.732 at 18"


def test_one_epoch_past_the_onset_is_no_plural(store: Store) -> None:
    record = finished_run(store, "digits", "run", OVERFIT)
    curves = Data(store).curves([record])[record.run_id]
    late = replace(curves, diagnosis=replace(curves.diagnosis, onset_epoch=58.0))
    row_of_tiles: Any = tiles(late)
    assert row_of_tiles.children[2].children[2].children == "1 epoch past it"


def test_a_score_that_is_no_accuracy_is_called_by_its_own_name(store: Store) -> None:
    found = said(store, HEALTHY | {"val/r2": [-40 * 0.8**e + 0.7 for e in range(60)]})
    assert found["Best validation R2"] == ("0.700", "epoch 59")
    assert "Best validation accuracy" not in found


def test_a_loss_below_zero_has_risen_by_a_difference(store: Store) -> None:
    below = {name: [v - 5 for v in values] for name, values in OVERFIT.items() if "loss" in name}
    risen, under = said(store, below)["Validation loss since best"]
    assert risen == "+0.64"
    assert under.endswith(", smoothed")
    settled = {name: [v - 5 for v in values] for name, values in HEALTHY.items()}
    assert said(store, settled)["Validation loss since best"][0] == "none"
