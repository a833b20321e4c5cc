"""The hyperparameters view goes into the URL and comes back the same, in Python and in the browser alike."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tracker
from tracker.dashboard.hyperview import COLOURS, MOST_AXES, Brush, HyperView
from tracker.model import VERDICTS

SCRIPT = Path(tracker.__file__).parent / "dashboard" / "assets" / "hyper.js"
numbers = st.floats(allow_nan=False, allow_infinity=False)
keys = st.text(min_size=1, max_size=12)


@st.composite
def brushes(draw: st.DrawFn) -> Brush:
    low, high = draw(st.one_of(st.just((None, None)), st.tuples(numbers, numbers).map(sorted)))
    fewest = 1 if low is None else 0
    values = draw(st.lists(st.text(max_size=8), min_size=fewest, max_size=4, unique=True))
    return Brush(draw(keys), low, high, tuple(values))


@st.composite
def views(draw: st.DrawFn) -> HyperView:
    return HyperView(
        metric=draw(st.just("loss") | keys),
        axes=tuple(draw(st.lists(keys, max_size=5, unique=True))),
        colour=draw(st.sampled_from(COLOURS)),
        x=draw(st.text(max_size=12)),
        logx=draw(st.none() | st.booleans()),
        logy=draw(st.none() | st.booleans()),
        q=draw(st.text(max_size=20)),
        verdicts=tuple(v for v in VERDICTS if draw(st.booleans())),
        brushes=tuple(draw(st.lists(brushes(), max_size=3, unique_by=lambda b: b.key))),
    )


@given(views())
def test_it_round_trips_through_the_url(view: HyperView) -> None:
    assert HyperView.from_query(view.to_query()) == view
    assert HyperView.from_query("?" + view.to_query()) == view


@given(views())
def test_it_round_trips_through_the_page_store(view: HyperView) -> None:
    assert HyperView.from_dict(json.loads(json.dumps(view.to_dict()))) == view


@given(st.text())
def test_any_query_gives_a_view(query: str) -> None:
    view = HyperView.from_query(query)
    assert HyperView.from_query(view.to_query()) == view


def node(script: str, *given: Any) -> Any:
    """Run a script with `H`, the functions of hyper.js, and `given`; it ends in the expression that is returned."""
    program = shutil.which("node")
    assert program, "Node.js tests the pages' scripts: install it with: apt-get install nodejs"
    text = (
        f"const H = require({json.dumps(str(SCRIPT))}); const given = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        f"process.stdout.write(JSON.stringify((() => {{ {script} }})()));"
    )
    done = subprocess.run(
        [program, "-e", text],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_browser_writes_the_same_query() -> None:
    examples: list[HyperView] = []

    @given(views())
    def collect(view: HyperView) -> None:
        examples.append(view)

    collect()
    examples += [
        HyperView(metric="of:val/f1", x="a,b", q="100% (a)'*!~", verdicts=("overfitting", "too_early")),
        HyperView(brushes=(Brush("lr", 1e-05, 1e22), Brush("o,p", values=("", 'a"b,c', "ü~%2C")))),
        HyperView(brushes=(Brush("x", -0.0, 1e16), Brush("y", 123456789.0, 1e21, ("",)))),
        HyperView(axes=("lr", "model.depth & width", "<script>"), logx=False, logy=True),
    ]
    written = node("return given[0].map(H.toQuery)", [view.to_dict() for view in examples])
    assert written == [view.to_query() for view in examples]


def test_a_fresh_view_leaves_the_url_bare() -> None:
    assert HyperView().to_query() == ""


@pytest.mark.parametrize(
    "query",
    [
        "colour=loud",
        "logx=maybe",
        "brush=",
        "brush=lr",
        "brush=lr,5,1",
        "brush=lr,nan,inf",
        "brush=,1,2",
        "verdicts=sad",
        "metric=",
        "axis=",
    ],
)
def test_nonsense_falls_back_to_the_default(query: str) -> None:
    assert HyperView.from_query(query) == HyperView()


def test_too_many_axes_are_cut() -> None:
    assert len(HyperView.from_query("&".join(f"axis={i}" for i in range(200))).axes) == MOST_AXES


def test_what_a_brush_keeps() -> None:
    numbers = Brush("lr", 0.001, 0.1)
    assert [numbers.keeps(v) for v in (0.001, 0.05, 0.2, None, "adam")] == [True, True, False, False, False]
    unset = Brush("lr", values=("",))
    assert [unset.keeps(v) for v in (0.001, None)] == [False, True]
    words = Brush("opt", values=("adam", "true"))
    assert [words.keeps(v) for v in ("adam", "sgd", None)] == [True, False, False]


LINEAR = {"key": "k", "kind": "linear", "low": 0, "high": 10, "categories": [], "unset": False, "foot": 0}
LOG = {**LINEAR, "kind": "log", "low": 1e-4, "high": 1, "unset": True, "foot": 0.14}
WORDS = {**LINEAR, "kind": "category", "categories": ["a", "b", "c"]}


@pytest.mark.parametrize(
    ("axis", "start", "end", "kept"),
    [
        (LINEAR, 0.2, 0.5, [2, 5, []]),
        (LINEAR, 0.5, 0.2, [2, 5, []]),
        (LINEAR, 0, 1, None),
        (LINEAR, 0.5, 0.503, None),
        (LOG, 0.57, 1, [0.01, 1, []]),
        (LOG, 0, 0.57, [1e-4, 0.01, [""]]),
        (LOG, 0, 0.05, [None, None, [""]]),
        (WORDS, 0.4, 1, [None, None, ["b", "c"]]),
        (WORDS, 0.15, 0.3, None),
    ],
)
def test_a_drag_becomes_a_brush(axis: Any, start: float, end: float, kept: Any) -> None:
    found = node("return H.brush(given[0], given[1], given[2])", axis, start, end)
    assert (found and [found["low"], found["high"], found["values"]]) == kept


def act(view: dict[str, Any], what: dict[str, Any], axes: tuple[str, ...] = ("a", "b", "c")) -> Any:
    return node(
        "return H.act(given[0], {axes: given[2], x: 'a'}, given[1])", HyperView().to_dict() | view, what, axes
    )


def test_axes_are_chosen_and_moved() -> None:
    assert act({}, {"do": "axis", "id": "b"})["axes"] == ["a", "c"]
    assert act({}, {"do": "axis", "id": "d"})["axes"] == ["a", "b", "c", "d"]
    assert act({}, {"do": "move", "id": "a", "by": 1})["axes"] == ["b", "a", "c"]
    assert act({}, {"do": "move", "id": "a", "by": 9})["axes"] == ["b", "c", "a"]
    assert act({}, {"do": "move", "id": "a", "by": -1}) is None
    assert act({}, {"do": "axis", "id": "a"}, axes=("a",)) is None
    assert act({"axes": ["c"]}, {"do": "axes"})["axes"] == []


def test_an_axis_that_goes_takes_its_brush_along() -> None:
    brush = {"key": "b", "low": 1, "high": 2, "values": []}
    assert act({"brushes": [brush]}, {"do": "axis", "id": "b"})["brushes"] == []
    assert act({"brushes": [brush]}, {"do": "unbrush", "id": "b"})["brushes"] == []
    assert act({"brushes": [brush]}, {"do": "brush", "id": "b", "brush": None})["brushes"] == []
    assert act({"q": "x", "brushes": [brush]}, {"do": "clear"})["q"] == ""
    assert act({}, {"do": "clear"}) is None


def test_the_line_under_the_pointer_is_the_nearest_one() -> None:
    lines = [["low", [0, 0, 0]], ["rising", [0, 1, 0]], ["high", [1, 1, 1]]]
    pick = "return given[1].map(([x, y]) => H.nearest(given[0], x, y, 300, 150))"
    assert node(pick, lines, [[0.5, 0.02], [0.5, 0.5], [0.5, 0.98], [0.5, 0.75], [1.5, 0.52]]) == [
        0,
        1,
        2,
        -1,
        1,
    ]
