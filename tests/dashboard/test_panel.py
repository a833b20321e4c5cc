"""What is happening, in words: the focused run first, then what the drawn runs show together."""

from __future__ import annotations

from typing import Any

from tests.dashboard.test_findings import texts
from tests.support.runs import HEALTHY, OVERFIT, finished_run
from tracker.dashboard.components.verdict import panel
from tracker.dashboard.data import Data
from tracker.store.base import Store


def told(store: Store, focus: str | None) -> list[list[str]]:
    data = Data(store)
    records = sorted(data.runs("p"), key=lambda r: r.name)
    curves = data.curves(records)
    chosen = next((r.id for r in records if r.name == focus), None)
    cards: list[Any] = panel([(r, curves[r.run_id]) for r in records], chosen)
    return [texts(card) for card in cards]


def test_a_group_of_seeds_is_told_after_the_focused_run(store: Store) -> None:
    for seed in range(4):
        curves = HEALTHY if seed == 3 else OVERFIT
        finished_run(store, "p", f"seed-{seed}", curves, group="wide", config={"seed": seed})
    first, together, *others = told(store, "seed-2")
    assert "seed-2" in first
    assert together[0] == "4 runs together"
    assert any("3 of 4" in text for text in together[1:])
    assert [card[0] for card in others] == ["seed-0", "seed-1", "seed-3"]


def test_one_run_has_no_company(store: Store) -> None:
    finished_run(store, "p", "alone", OVERFIT)
    (only,) = told(store, "alone")
    assert "alone" in only
