"""Runs that people tag, put away, delete, bring back and clear away for good."""

from __future__ import annotations

import tracker


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
    assert "No run is deleted." in call("gc", "--yes").stdout
