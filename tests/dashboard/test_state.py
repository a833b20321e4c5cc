"""The view goes into the URL and comes back the same, and no URL can break a page."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.scripts import javascript
from tracker.dashboard.state import BANDS, MOST_RUNS, NEWEST, SMOOTHERS, SORTS, X_AXES, View
from tracker.model import VERDICTS, id_text

ids = st.integers(0, 2**63 - 1).map(id_text)
numbers = st.floats(allow_nan=False, allow_infinity=False)
names = st.text(min_size=1, max_size=12)


def several(one: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(one, unique=True, max_size=5).map(tuple)


@st.composite
def views(draw: st.DrawFn) -> View:
    x0, x1 = draw(st.one_of(st.just((None, None)), st.tuples(numbers, numbers).filter(lambda r: r[0] < r[1])))
    return View(
        runs=draw(st.sampled_from(["newest", "all"]) | several(ids)),
        off=draw(several(ids)),
        on=draw(several(ids)),
        pins=draw(several(ids)),
        base=draw(st.none() | ids),
        focus=draw(st.none() | ids),
        x=draw(st.sampled_from(X_AXES) | names.map(lambda n: f"metric:{n}")),
        sm=draw(st.floats(0, 0.99)),
        smoother=draw(st.sampled_from(SMOOTHERS)),
        log=draw(st.booleans()),
        clip=draw(st.booleans()),
        ann=draw(st.booleans()),
        x0=x0,
        x1=x1,
        band=draw(st.sampled_from(BANDS)),
        q=draw(st.text(max_size=40)),
        regex=draw(st.booleans()),
        verdicts=tuple(v for v in VERDICTS if draw(st.booleans())),
        group=draw(st.sampled_from(["", "group"]) | names.map(lambda n: f"config:{n}")),
        sort=draw(st.sampled_from(SORTS)),
        archived=draw(st.booleans()),
        folded=draw(several(names)),
        cards=draw(several(names)),
        less=draw(several(names)),
        mq=draw(st.text(max_size=9)),
        full=draw(st.none() | names),
        order=draw(st.text(max_size=9)),
        equal=draw(st.booleans()),
    )


@given(views())
def test_view_round_trips_through_the_url(view: View) -> None:
    assert View.from_query(view.to_query()) == view
    assert View.from_query("?" + view.to_query()) == view


@given(views())
def test_view_round_trips_through_the_page_store(view: View) -> None:
    assert View.from_dict(view.to_dict()) == view


@given(st.text())
def test_any_query_gives_a_view(query: str) -> None:
    view = View.from_query(query)
    assert View.from_query(view.to_query()) == view


@given(st.dictionaries(st.sampled_from(list(View().to_dict())), st.none() | st.integers() | st.text()))
def test_any_store_gives_a_view(data: dict[str, Any]) -> None:
    view = View.from_dict(data)
    assert View.from_query(view.to_query()) == view


@settings(max_examples=5, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(st.lists(views(), min_size=4, max_size=12))
def test_the_browser_writes_the_same_address(drawn: list[View]) -> None:
    written = javascript("query.js", "views.map(s.toQuery)", views=[v.to_dict() for v in drawn])
    assert written == [v.to_query() for v in drawn]


def test_the_browser_writes_odd_numbers_and_texts_alike() -> None:
    changes: list[dict[str, Any]] = [
        {"x0": 0.00001, "x1": 0.0001},
        {"x0": -2.5e-7, "x1": 1e16},
        {"x0": 1.0, "x1": 123456789012345680000.0},
        {"x": "time", "x0": 1790000000123.25, "x1": 1790000001000},
        {"x0": 5, "x1": 5},
        {"x0": -0.0, "x1": 12},
        {"sm": 0.07, "verdicts": ["healthy", "overfitting"], "runs": []},
        {"q": "a b+c&d=é,/?#%!'()*~-_.\U0001f600\u202e"},
        {"q": "\U0001f600" * 300},
    ]
    given = [{**View().to_dict(), **change} for change in changes]
    written = javascript("query.js", "views.map(s.toQuery)", views=given)
    assert written == [View.from_dict(view).to_query() for view in given]


def test_a_fresh_view_leaves_the_url_bare() -> None:
    assert View().to_query() == ""
    assert parse_qs(View(log=True, clip=False).to_query()) == {"log": ["1"], "clip": ["0"]}


def test_the_names_of_cards_keep_their_commas() -> None:
    view = View(cards=("a,b", "50%2C", "all", "newest"), folded=("g:a,b",))
    assert View.from_query(view.to_query()) == view


@pytest.mark.parametrize(
    "query",
    [
        "sm=nan",
        "sm=much",
        "x=colour",
        "x=metric:",
        "x0=3&x1=1",
        "x0=5",
        "focus=../../etc",
        "base=me",
        "pins=you,me",
        "runs=<script>",
        "verdicts=sad",
        "smoother=loess",
        "band=jazz",
        "sort=mood",
        "group=colour",
        "group=config:",
        "cards=,,,",
        "log=",
    ],
)
def test_nonsense_falls_back_to_the_default(query: str) -> None:
    view = View.from_query(query)
    assert view == View(log=view.log, runs=view.runs)
    assert view.runs == (() if query.startswith("runs") else "newest")


def test_too_many_runs_are_cut() -> None:
    many = ",".join(id_text(n) for n in range(MOST_RUNS + 50))
    assert len(View.from_query(f"runs={many}").runs) == MOST_RUNS


def test_half_a_character_does_not_break_the_address() -> None:
    assert View.from_dict({"q": "a\ud800"}).to_query() == "q=a%EF%BF%BD"


RUNS = [id_text(n) for n in range(30)]

CHOICES: list[tuple[View, list[int], str]] = [
    (View(), list(range(NEWEST)), "the newest"),
    (View(runs="all"), list(range(30)), "all"),
    (View(runs=(RUNS[7], RUNS[3], id_text(99))), [3, 7], "chosen ones, in the order of the list"),
    (View(runs=()), [], "none"),
    (View(off=(RUNS[2],)), [0, 1, *range(3, NEWEST)], "the newest but one; no older one moves up"),
    (View(on=(RUNS[20],)), [*range(NEWEST), 20], "the newest and one more"),
    (View(runs="all", off=(RUNS[0],)), list(range(1, 30)), "all but one"),
    (View(runs=(RUNS[4],), pins=(RUNS[9],)), [4, 9], "pinned ones are always drawn"),
    (View(off=(RUNS[2],), pins=(RUNS[2],)), list(range(NEWEST)), "a pin is stronger than a closed eye"),
]


@pytest.mark.parametrize(("view", "drawn", "why"), CHOICES)
def test_which_runs_are_drawn(view: View, drawn: list[int], why: str) -> None:
    assert view.shown(RUNS) == tuple(RUNS[n] for n in drawn), why


def test_archived_runs_are_left_out_unless_asked() -> None:
    old = {RUNS[0], RUNS[5]}
    assert View().shown(RUNS, old) == tuple(RUNS[n] for n in (1, 2, 3, 4, 6, 7, 8, 9, 10, 11))
    assert View(archived=True).shown(RUNS, old) == tuple(RUNS[:NEWEST])
    assert View(runs=(RUNS[5],)).shown(RUNS, old) == (RUNS[5],)
    assert RUNS[5] in View(on=(RUNS[5],)).shown(RUNS, old)


def test_focus_is_always_a_drawn_run() -> None:
    assert View().focused(RUNS) == RUNS[0]
    assert View(focus=RUNS[4]).focused(RUNS) == RUNS[4]
    assert View(focus=RUNS[25]).focused(RUNS) == RUNS[0]
    assert View(runs=()).focused(RUNS) is None


def test_the_baseline_is_chosen_or_the_first_pinned_or_the_one_in_focus() -> None:
    assert View().baseline(RUNS) == RUNS[0]
    assert View(focus=RUNS[3]).baseline(RUNS) == RUNS[3]
    assert View(focus=RUNS[3], pins=(RUNS[15], RUNS[2])).baseline(RUNS) == RUNS[15]
    assert View(base=RUNS[8], pins=(RUNS[15],)).baseline(RUNS) == RUNS[8]
    assert View(base=RUNS[25], pins=(RUNS[15],)).baseline(RUNS) == RUNS[15], "a hidden one is none"
    assert View(runs=()).baseline(RUNS) is None


def test_the_browser_draws_the_same_runs() -> None:
    given = [v for v, _, _ in CHOICES] + [View(archived=True), View(focus=RUNS[3], base=RUNS[8])]
    old = {RUNS[0], RUNS[5]}
    rows = [{"id": i, "archived": i in old} for i in RUNS]
    program = "views.map(v => [s.shown(v, rows), s.focused(v, rows), s.baseline(v, rows)])"
    found = javascript("view.js", program, views=[v.to_dict() for v in given], rows=rows)
    assert found == [[list(v.shown(RUNS, old)), v.focused(RUNS, old), v.baseline(RUNS, old)] for v in given]
