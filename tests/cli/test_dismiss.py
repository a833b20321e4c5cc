"""A finding dismissed on the command line counts for no list any more, and can be restored."""

from __future__ import annotations

import json

from tests.support.command import error


def verdicts(call):
    return {row["name"]: row["verdict"] for row in json.loads(call("runs", "--json").stdout)}


def test_a_dismissed_finding_fails_nothing_and_is_filtered_apart(call, filled):
    where = "vision/wide [red]"
    assert "is dismissed" in call("dismiss", where, "overfitting", "--reason", "by design").stdout
    assert verdicts(call)["wide [red]"] == "dismissed"
    shown = call("diagnose", where, "--fail-on", "overfitting").stdout
    assert shown.startswith("overfitting (dismissed)\n")
    assert "stands again" in call("dismiss", where, "overfitting", "--undo").stdout
    assert verdicts(call)["wide [red]"] == "overfitting"
    call("diagnose", where, "--fail-on", "overfitting", code=1)


def test_what_cannot_be_dismissed_is_said(call, filled):
    assert "no finding 'spike'" in error(call("dismiss", "vision/good", "spike", code=2))
    assert "has been dismissed" in error(call("dismiss", "vision/good", "spike", "--undo", code=2))
    assert "no run" in error(call("dismiss", "vision/none", "spike", code=2))
