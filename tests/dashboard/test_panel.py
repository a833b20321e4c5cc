"""What is happening, in words: the focused run first, then what the drawn runs show together."""

from __future__ import annotations

from typing import Any

import pytest
from dash import html

from tests.dashboard.test_findings import texts
from tests.support.runs import HEALTHY, OVERFIT, finished_run
from tracker.dashboard.components import verdict
from tracker.dashboard.components.verdict import panel
from tracker.dashboard.data import Curves, Data
from tracker.model import RunRecord
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


def test_a_group_says_how_many_of_its_runs_broke_off(store: Store) -> None:
    for seed, status in enumerate(("finished", "finished", "failed", "running")):
        finished_run(store, "p", f"seed-{seed}", HEALTHY, status=status, group="wide", config={"seed": seed})
    together = told(store, "seed-0")[1]
    assert any("1 of 4 broke off before its end" in text for text in together)


def test_one_run_has_no_company(store: Store) -> None:
    finished_run(store, "p", "alone", OVERFIT)
    (only,) = told(store, "alone")
    assert "alone" in only


def test_a_card_is_made_again_only_for_what_has_changed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    still = finished_run(store, "p", "still", OVERFIT)
    other = finished_run(store, "p", "other", HEALTHY)
    data = Data(store)
    made: list[str] = []

    def one_card(record: RunRecord, curves: Curves, *, focused: bool) -> html.Section:
        made.append(record.name)
        return html.Section(record.name)

    monkeypatch.setattr(verdict, "card", one_card)

    def shown(focus: str) -> list[str]:
        standing = data.standing("p")
        records = data.records([other.run_id, still.run_id], standing.states)
        curves = data.curves(records)
        cards = panel([(r, curves[r.run_id]) for r in records], focus)
        return [text for text in texts(cards) if text in ("still", "other", "another name")]

    shown(still.id)
    made.clear()
    assert shown(still.id) == ["still", "other"]
    assert made == []
    store.edit([other.run_id], name="another name")
    assert shown(still.id) == ["still", "another name"]
    assert made == ["another name"]
    shown(other.id)
    assert sorted(made[1:]) == ["another name", "still"], "what the focus adds is another card"


def test_a_run_that_broke_off_is_told_so_beside_what_its_curves_say(store: Store) -> None:
    data = Data(store)
    for status, said in (("failed", "Failed after"), ("interrupted", "Interrupted after"), ("finished", "")):
        record = finished_run(store, "p", status, HEALTHY, status=status)
        told = " ".join(texts(verdict.card(record, data.curves([record])[record.run_id], focused=False)))
        assert said in told
        assert ("after" in told) == bool(said)
        broke = data.rows([record])[0][0]["broke_off"]
        assert (broke is None) == (status == "finished")
        assert broke is None or broke["said"].startswith(said)
