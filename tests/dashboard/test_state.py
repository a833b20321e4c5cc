"""The view goes into the URL and comes back the same, and no URL can break a page."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.dashboard.state import MOST_RUNS, NEWEST, X_AXES, View
from tracker.model import VERDICTS, id_text

ids = st.integers(0, 2**63 - 1).map(id_text)
numbers = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def views(draw: st.DrawFn) -> View:
    x0, x1 = draw(st.one_of(st.just((None, None)), st.tuples(numbers, numbers).filter(lambda r: r[0] < r[1])))
    return View(
        runs=draw(
            st.one_of(st.sampled_from(["newest", "all"]), st.lists(ids, unique=True, max_size=9).map(tuple))
        ),
        focus=draw(st.none() | ids),
        x=draw(st.sampled_from(X_AXES)),
        sm=draw(st.floats(0, 0.99)),
        log=draw(st.booleans()),
        clip=draw(st.booleans()),
        ann=draw(st.booleans()),
        x0=x0,
        x1=x1,
        q=draw(st.text(max_size=40)),
        verdicts=tuple(v for v in VERDICTS if draw(st.booleans())),
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


def test_a_fresh_view_leaves_the_url_bare() -> None:
    assert View().to_query() == ""
    assert parse_qs(View(log=True, clip=False).to_query()) == {"log": ["1"], "clip": ["0"]}


@pytest.mark.parametrize(
    "query",
    [
        "sm=nan",
        "sm=much",
        "x=colour",
        "x0=3&x1=1",
        "x0=5",
        "focus=../../etc",
        "runs=<script>",
        "verdicts=sad",
        "log=",
    ],
)
def test_nonsense_falls_back_to_the_default(query: str) -> None:
    view = View.from_query(query)
    assert (view.sm, view.x, view.x0, view.x1, view.focus, view.verdicts) == (
        0.0,
        "epoch",
        None,
        None,
        None,
        (),
    )


def test_too_many_runs_are_cut() -> None:
    many = ",".join(id_text(n) for n in range(MOST_RUNS + 50))
    assert len(View.from_query(f"runs={many}").runs) == MOST_RUNS


def test_which_runs_are_drawn() -> None:
    run_ids = [id_text(n) for n in range(30)]
    assert View().shown(run_ids) == tuple(run_ids[:NEWEST])
    assert View(runs="all").shown(run_ids) == tuple(run_ids)
    assert View(runs=(run_ids[7], run_ids[3], id_text(99))).shown(run_ids) == (run_ids[3], run_ids[7])
    assert View(runs=()).shown(run_ids) == ()


def test_focus_is_always_a_drawn_run() -> None:
    run_ids = [id_text(n) for n in range(30)]
    assert View().focused(run_ids) == run_ids[0]
    assert View(focus=run_ids[4]).focused(run_ids) == run_ids[4]
    assert View(focus=run_ids[25]).focused(run_ids) == run_ids[0]
    assert View(runs=()).focused(run_ids) is None
