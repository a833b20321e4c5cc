"""What a live chart sends: only the curves that changed, and the same result however often it is applied."""

from __future__ import annotations

import copy
from typing import Any

from dash import Patch, html, no_update

from tracker.dashboard.pages.compare import change_of, fingerprints, news


def picture(*curves: tuple[str, list[float]], title: str = "") -> dict[str, Any]:
    return {"data": [{"uid": uid, "y": y} for uid, y in curves], "layout": {"title": title}}


def applied(shown: dict[str, Any], change: Any) -> dict[str, Any]:
    """Do what the browser does with an answer."""
    if not isinstance(change, Patch):
        return copy.deepcopy(change)
    out = copy.deepcopy(shown)
    for operation in change.to_plotly_json()["operations"]:
        assert operation["operation"] == "Assign"
        place: Any = out
        for key in operation["location"][:-1]:
            place = place[key]
        place[operation["location"][-1]] = operation["params"]["value"]
    return out


def test_only_changed_curves_travel() -> None:
    before = picture(("a", [1.0]), ("b", [1.0]))
    after = picture(("a", [1.0]), ("b", [1.0, 2.0]), title="new")
    change = change_of(after, fingerprints(before), fingerprints(after))
    places = [o["location"] for o in change.to_plotly_json()["operations"]]
    assert places == [["data", 1], ["layout"]]
    assert applied(before, change) == after
    assert applied(applied(before, change), change) == after


def test_other_curves_than_before_travel_as_a_whole() -> None:
    before = picture(("a", [1.0]), ("b", [1.0]))
    for after in (picture(("b", [1.0]), ("a", [1.0])), picture(("a", [1.0])), picture()):
        change = change_of(after, fingerprints(before), fingerprints(after))
        assert change is after
    assert change_of(before, None, fingerprints(before)) is before


def test_a_curve_with_nan_has_a_fingerprint_of_its_own() -> None:
    known, broken = picture(("a", [1.0, 2.0])), picture(("a", [1.0, float("nan")]))
    assert fingerprints(known) != fingerprints(broken)


def test_parts_of_the_page_travel_when_they_changed() -> None:
    first, marks = news(("a", html.P("b"), {"rows": [1]}), [])
    assert first[0] == "a"
    assert no_update not in first
    second, marks = news(("a", html.P("c"), {"rows": [1]}), marks)
    assert (second[0], second[2]) == (no_update, no_update)
    assert second[1].children == "c"
    assert news(("a", html.P("c"), {"rows": [1]}), marks)[0] == [no_update] * 3
