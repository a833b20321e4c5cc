"""The table of a project's runs follows the store and tells each page only what changed."""

from __future__ import annotations

import math

import pytest

from tests.support.runs import HEALTHY, OVERFIT, finished_run, log
from tests.support.sessions import Session
from tracker.dashboard.data import Data
from tracker.dashboard.listing import Answer, Table
from tracker.dashboard.summary import Summaries, summarise
from tracker.dashboard.table import FIELDS, telling_keys
from tracker.store.base import Store


@pytest.fixture
def table(store: Store, monkeypatch: pytest.MonkeyPatch) -> Table:
    monkeypatch.setattr("tracker.dashboard.listing.FRESH_S", -1.0)
    return Data(store).tables.of("digits")


def named(answer: Answer) -> dict[str, dict[str, object]]:
    return {line[1]: dict(zip(FIELDS, line, strict=False)) for line in answer.lines}


def test_a_page_is_told_everything_once_and_then_what_changed(store: Store, table: Table) -> None:
    calm = finished_run(store, "digits", "calm", HEALTHY)
    finished_run(store, "digits", "wide", OVERFIT, created_ms=calm.created_ms + 1)
    first = table.answer(budget_s=60)
    assert (first.whole, first.more, first.total, first.unread) == (True, False, 2, 0)
    assert list(named(first)) == ["wide", "calm"]
    assert named(first)["wide"]["verdict"] in ("overfitting", "overconfident")
    again = table.answer(first.cursor)
    assert (again.whole, again.lines, again.gone) == (False, [], [])
    store.edit([calm.run_id], name="calmer")
    session = Session(store, name="young")
    log(session, {k: v[:3] for k, v in HEALTHY.items()})
    later = table.answer(first.cursor, budget_s=60)
    assert set(named(later)) == {"calmer", "young"}
    assert named(later)["young"]["verdict"] == "too_early"
    assert later.live == 1


def test_a_deleted_run_goes_and_comes_back(store: Store, table: Table) -> None:
    calm = finished_run(store, "digits", "calm", HEALTHY)
    first = table.answer(budget_s=60)
    store.delete([calm.run_id])
    gone = table.answer(first.cursor)
    assert (gone.gone, gone.total) == ([calm.id], 0)
    store.restore([calm.run_id])
    back = table.answer(gone.cursor, budget_s=60)
    assert list(named(back)) == ["calm"]
    assert back.gone == []


def test_a_cursor_of_another_server_begins_anew(store: Store, table: Table) -> None:
    finished_run(store, "digits", "calm", HEALTHY)
    for cursor in ("deadbeef.7", "", "nonsense", table.answer().cursor.split(".")[0] + ".x"):
        answer = table.answer(cursor, budget_s=60)
        assert answer.whole
        assert list(named(answer)) == ["calm"]


def test_a_long_table_is_told_in_pieces_without_losing_one(store: Store, table: Table) -> None:
    made = {finished_run(store, "digits", f"run {i}", HEALTHY).name for i in range(7)}
    cursor, seen = None, set()
    for _ in range(10):
        answer = table.answer(cursor, most=3, budget_s=60)
        seen |= set(named(answer))
        cursor = answer.cursor
        if not answer.more:
            break
    assert seen == made


def test_without_time_a_run_is_shown_before_it_is_judged(store: Store, table: Table) -> None:
    for name in ("a", "b"):
        finished_run(store, "digits", name, HEALTHY)
    first = table.answer(budget_s=0)
    assert first.total == 2
    while first.more:
        first = table.answer(first.cursor, budget_s=0)
    assert named(table.answer())["a"]["verdict"] == "healthy"


def test_the_test_metric_is_that_of_the_best_epoch(store: Store, table: Table) -> None:
    each = {**OVERFIT, "test/accuracy": [e / 100 for e in range(60)]}
    finished_run(store, "digits", "each", each)
    session = Session(store, name="once")
    log(session, HEALTHY)
    log(session, {"test/loss": [0.41]}, start=59)
    session.ship(status="finished")
    lines = named(table.answer(budget_s=60))
    best = lines["each"]["best_loss_at"]
    assert isinstance(best, float)
    assert (lines["each"]["test_value"], lines["each"]["test_at"]) == (best, best)  # percent
    assert (lines["once"]["test"], lines["once"]["test_value"], lines["once"]["test_at"]) == (
        "test/loss",
        0.41,
        None,
    )


def test_a_score_is_best_where_it_is_highest_and_no_number_is_said_so(store: Store, table: Table) -> None:
    score = [0.2 + 0.6 * (1 - 0.9**e) for e in range(60)]
    finished_run(store, "digits", "scored", {"train/dice": score, "val/dice": [v - 0.05 for v in score]})
    finished_run(store, "digits", "broken", {"val/loss": [*HEALTHY["val/loss"][:20], *[math.nan] * 40]})
    lines = named(table.answer(budget_s=60))
    assert (lines["scored"]["accuracy"], lines["scored"]["best_acc_at"]) == ("val/dice", 59.0)
    assert lines["scored"]["best_acc"] == pytest.approx(max(score) - 0.05)
    assert lines["scored"]["best_loss"] is None
    assert lines["broken"]["last"] == "NaN"


def test_a_game_is_listed_by_what_was_judged(store: Store, table: Table) -> None:
    fid = [90 * 0.9**e + 12 for e in range(60)]
    finished_run(store, "digits", "gan", {"g_loss": [1.0] * 60, "d_loss": [0.7] * 60, "val/fid": fid})
    line = named(table.answer(budget_s=60))["gan"]
    assert line["loss"] == "val/fid"


def test_a_run_without_curves_is_told_to_have_no_sparkline(store: Store, table: Table) -> None:
    """A page asks on for what it was not told: a run that is never mentioned would be asked for without end."""
    Session(store, name="silent").ship(status="finished")
    data = Data(store)
    [line] = data.tables.of("digits").answer(budget_s=60).lines
    assert line[FIELDS.index("verdict")]
    assert data.tables.sparks("digits", [line[0]]) == {line[0]: ""}


def test_sparklines_are_of_this_project_only(store: Store) -> None:
    calm, other = finished_run(store, "digits", "calm", HEALTHY), finished_run(store, "other", "x", HEALTHY)
    tables = Data(store).tables
    tables.of("digits").answer(budget_s=60)
    assert list(tables.sparks("digits", [calm.id, other.id])) == [calm.id]
    assert "polyline" in tables.sparks("digits", [calm.id])[calm.id]


def test_a_config_key_that_is_set_later_is_offered(
    store: Store, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.dashboard.listing._KEYS_S", -1.0)
    session = Session(store, project="digits", name="young", config={"lr": 0.1})
    log(session, {k: v[:3] for k, v in HEALTHY.items()})
    table.answer(budget_s=60)
    assert set(table.keys()) == {"lr"}
    reads: list[str] = []
    of_store = store.config_keys

    def counted(project: str) -> dict[str, tuple[int, int]]:
        reads.append(project)
        return of_store(project)

    monkeypatch.setattr(store, "config_keys", counted)
    session.ship(config={"seed": 3})
    table.answer(budget_s=60)
    assert set(table.keys()) == {"lr", "seed"}
    table.keys()
    assert len(reads) == 1, "nothing has changed since"


def test_keys_that_tell_runs_apart_are_shown() -> None:
    keys = {
        "lr": (9, 5),
        "model": (9, 2),
        "same": (9, 1),
        "seed": (9, 9),
        "path": (9, 9),
        "some": (4, 1),
        "b": (9, 3),
    }
    assert telling_keys(keys, 9) == ["b", "lr", "model", "some"]
    assert telling_keys({}, 0) == []


def test_a_summary_says_best_and_time_past_it(store: Store, table: Table) -> None:
    finished_run(store, "digits", "wide", OVERFIT)
    calm = finished_run(store, "digits", "calm", HEALTHY)
    table.answer(budget_s=60)
    said = summarise(table.lines.values())
    assert dict(said.counts)["healthy"] == 1
    assert said.best is not None
    assert (said.best.id, said.best.metric) == (calm.id, "val/loss")
    assert 0 < said.past_ms < said.total_ms


def test_summaries_follow_the_projects(store: Store) -> None:
    finished_run(store, "digits", "calm", HEALTHY)
    data = Data(store)
    summaries = Summaries(data.tables)
    before = summaries.of(store.projects(), budget_s=60)["digits"]
    assert summaries.of(store.projects(), budget_s=60)["digits"] is before
    finished_run(store, "digits", "wide", OVERFIT)
    data.tables.of("digits")._looked = -1e9
    assert sum(count for _, count in summaries.of(store.projects(), budget_s=60)["digits"].counts) == 2
