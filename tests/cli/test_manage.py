"""Runs that people tag, put away, delete, bring back and clear away for good."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from unittest.mock import Mock

import pytest

import tracker
from tests.support.sessions import Session, rows
from tracker.model import SavedView
from tracker.store import editing, open_store


def names():
    return set(tracker.runs()["name"])


def test_tags_come_and_go(call, filled):
    said = call("tag", "vision/good", "vision/wide [red]", "--add", "paper", "--drop", "a").stdout
    assert "vision/good: paper" in said
    tags = tracker.runs().set_index("name")["tags"]
    assert (list(tags["good"]), list(tags["wide [red]"])) == (["paper"], ["paper"])
    assert "--add TAG or --drop TAG" in call("tag", "vision/good", code=2).stderr


def test_nothing_is_deleted_where_nobody_can_be_asked(call, filled):
    before = names()
    assert "add --yes" in call("delete", "vision/good", code=2).stderr
    assert names() == before


def test_a_deleted_run_comes_back_whole(call, filled):
    before = names()
    curves = tracker.history("vision/good")
    said = call("delete", "vision/good", "--yes").stdout
    assert names() == before - {"good"}
    assert "tracker delete --undo" in said
    call("gc", "--yes")  # deleted today: stays
    assert "brought back" in call("delete", "--undo", "vision/good").stdout
    assert names() == before
    assert tracker.history("vision/good").equals(curves)
    assert "no deleted run is 'vision/good'" in call("delete", "--undo", "vision/good", code=2).stderr


def test_gc_clears_away_for_good(call, filled):
    call("delete", "vision/good", "--yes")
    assert "1 run cleared away." in call("gc", "--days", "0", "--yes").stdout
    assert "no deleted run" in call("delete", "--undo", "vision/good", code=2).stderr
    assert call("gc", "--yes").stdout == "0 runs cleared away.\n"


def test_gc_finishes_what_was_interrupted_and_clears_views_alone(call, filled, home, monkeypatch):
    good = tracker.runs().set_index("name").loc["good", "id"]
    call("delete", good, "--yes")
    with closing(open_store(f"sqlite:///{home}/tracker.db")) as store:
        store.delete_view(store.save_view(SavedView("", "vision", "v")).id)
        with monkeypatch.context() as dark:
            dark.setattr(editing, "_clear", Mock(side_effect=KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                store.purge(2**60)
        store.delete_view(store.save_view(SavedView("", "vision", "w")).id)
    assert "add --yes" in call("gc", "--days", "0", code=2).stderr
    assert call("gc", "--days", "0", "--yes").stdout == "1 view cleared away.\n"
    # What was agreed to before, and an empty bin, is nothing to ask about.
    assert call("gc", "--days", "0").stdout == "0 runs cleared away.\n"
    with closing(sqlite3.connect(home / "tracker.db")) as file:
        assert file.execute("SELECT count(*) FROM view").fetchall() == [(0,)]
        assert file.execute(
            "SELECT count(*) FROM point WHERE run_id NOT IN (SELECT run_id FROM run)"
        ).fetchall() == [(0,)]


def test_gc_tells_a_run_that_still_runs_from_one_deleted_later(call, filled, home):
    with closing(open_store(f"sqlite:///{home}/tracker.db")) as store:
        Session(store, project="vision", name="live").ship(rows([1.0]))
    call("delete", "vision/good", "vision/live", "--yes")
    assert call("gc", "--yes").stdout == (
        "0 runs cleared away. 2 runs deleted later can still be brought back.\n"
    )
    assert call("gc", "--days", "0", "--yes").stdout == (
        "1 run cleared away. 1 run still running: cleared away once ended.\n"
    )
