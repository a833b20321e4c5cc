"""What a page, a link or a program may ask for is bounded: runs, points, bodies, texts; and nobody's pattern runs here."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import numpy as np
import pytest

import tracker
from tests.charts.runs import series
from tests.dashboard.asgi import ask
from tests.support.runs import HEALTHY, finished_run
from tracker.charts.compose import MOST_POINTS
from tracker.charts.curves import Line, Options, loss_accuracy
from tracker.dashboard import editing
from tracker.dashboard.data import Data
from tracker.dashboard.security import BODY_LIMIT
from tracker.dashboard.server import create_app
from tracker.dashboard.state import MOST_RUNS, View
from tracker.errors import BadInput
from tracker.model import RunRecord, SavedView, id_text, new_id
from tracker.store.base import Store

CODE = Path(tracker.__file__).parent


@pytest.fixture
def record(store: Store) -> RunRecord:
    return finished_run(store, "digits", "calm", HEALTHY)


def rough(colour: int) -> Line:
    values = np.random.default_rng(colour).normal(size=(2, 2, 2000)).cumsum(axis=2) + 200
    made = [
        [series(f"{split}/{kind}", one) for split, one in zip(("train", "val"), of, strict=True)]
        for kind, of in zip(("loss", "accuracy"), values, strict=True)
    ]
    return Line(f"run {colour}", f"run {colour}", colour % 12, tuple(made[0]), tuple(made[1]))


@pytest.mark.parametrize("smoothing", [0.0, 0.6])
def test_a_figure_of_as_many_runs_as_a_page_draws_has_a_bounded_number_of_points(smoothing: float) -> None:
    figure = loss_accuracy([rough(i) for i in range(MOST_RUNS)], Options(smoothing=smoothing))
    assert len(figure["data"]) >= MOST_RUNS * 4
    points = sum(len(trace["x"]) for trace in figure["data"] if trace["mode"] == "lines")
    assert MOST_POINTS / 2 < points <= MOST_POINTS


def test_a_page_draws_no_more_runs_than_it_may_whatever_its_address_asks_for() -> None:
    ids = [id_text(new_id()) for _ in range(MOST_RUNS + 50)]
    for query in (
        "runs=all",
        "runs=" + ",".join(ids),
        "runs=newest&on=" + ",".join(ids),
        "pins=" + ",".join(ids),
    ):
        view = View.from_query(query)
        assert len(view.shown(ids)) <= MOST_RUNS
        assert max(len(view.pins), len(view.on), len(view.off)) <= MOST_RUNS


@pytest.mark.parametrize(
    "name", ["q", "mq", "full", "order", "cards", "folded", "x", "group", "sort", "focus", "sm", "x0"]
)
def test_no_part_of_an_address_is_kept_beyond_reason(name: str) -> None:
    kept = View.from_query(f"{name}=" + ",".join(["metric:" + "n" * 20_000] * 300)).to_query()
    assert len(kept) < 60_000
    assert View.from_query(kept).to_query() == kept


@pytest.mark.parametrize("path", ["/_dash-update-component", "/api/v1/runs", "/p/digits"])
def test_a_large_body_is_refused_at_every_address(sqlite_url: str, store: Store, path: str) -> None:
    app = create_app(sqlite_url)
    body = json.dumps({"pad": "x" * BODY_LIMIT}).encode()
    answer = ask(app, path, method="POST", headers={"content-type": "application/json"}, body=body)
    assert answer.status in (400, 404, 405, 413)
    counted = ask(app, path, method="POST", headers={"content-length": str(BODY_LIMIT + 1)}, body=b"{}")
    assert counted.status == 413


def test_a_search_is_as_long_as_a_name_and_no_longer(sqlite_url: str, record: RunRecord) -> None:
    app = create_app(sqlite_url)
    assert ask(app, "/api/v1/search", query="q=" + "n" * 256).status == 200
    assert ask(app, "/api/v1/search", query="q=" + "n" * 257).status == 422
    assert ask(app, "/api/v1/runs", query="limit=1001").status == 422


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("name", "n" * 513),
        ("group", "ü" * 257),
        ("tag", "t" * 513),
        ("notes", "n" * 100_001),
        ("note", "n" * 10_001),
    ],
)
def test_what_a_person_writes_has_a_length_and_is_told_so(
    store: Store, record: RunRecord, what: str, text: str
) -> None:
    base = {"name": "calm"}.get(what, "")
    sent = {"n": 1, "what": what, "text": text, "base": base, "at": "1", "author": ""}
    answer = editing.change(Data(store), "digits", record.id, sent)
    assert not answer.ok
    assert "Not saved" in answer.said
    after = store.runs("digits")[0]
    assert (after.name, after.group, after.tags, after.notes) == (
        "calm",
        record.group,
        record.tags,
        record.notes,
    )
    assert not store.annotations([record.run_id]).get(record.run_id)


@pytest.mark.parametrize("field", ["title", "author", "description", "query"])
def test_a_saved_view_has_a_length(store: Store, record: RunRecord, field: str) -> None:
    with pytest.raises(BadInput, match="are allowed"):
        store.save_view(SavedView("", "digits", **{"title": "kept", field: "n" * 200_000}))  # type: ignore[arg-type]
    assert store.views("digits") == []


def test_no_pattern_that_somebody_sends_runs_in_the_server() -> None:
    """A regular expression can run for ever; a reader's runs in his own browser alone."""
    given = []
    for path in [*(CODE / "dashboard").rglob("*.py"), *(CODE / "store").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            called = node.func if isinstance(node, ast.Call) else None
            if not isinstance(called, ast.Attribute) or not isinstance(called.value, ast.Name):
                continue
            if (
                called.value.id == "re"
                and called.attr != "escape"
                and not isinstance(node.args[0], ast.Constant)
            ):
                given.append(f"{path.name}:{node.lineno}")
            assert called.attr not in ("regexp_match", "regexp_replace"), path.name
    assert given == []
