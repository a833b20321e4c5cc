"""The row of tiles over a run's curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.runs import HEALTHY, OVERFIT, finished_run
from tracker.dashboard.components.keyfigures import tiles
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
