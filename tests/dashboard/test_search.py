"""The palette's question: what is found by a name, in which order, and that the browser ranks alike."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dashboard.asgi import ask
from tests.support.runs import HEALTHY, finished_run
from tests.support.scripts import javascript
from tracker.dashboard.data import Data
from tracker.dashboard.pages.missing import nearest
from tracker.dashboard.search import Names, best
from tracker.dashboard.server import create_app
from tracker.store import Store

NAMES = ["resnet-50", "wide-resnet", "Fresh start", "vit small", "50 epochs"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", NAMES),
        ("res", ["resnet-50", "wide-resnet", "Fresh start"]),
        ("RESNET 50", ["resnet-50"]),
        ("50", ["50 epochs", "resnet-50"]),
        ("start fre", ["Fresh start"]),
        ("bert", []),
        (".*", []),
    ],
)
def test_names_that_begin_with_the_words_come_first_here_and_in_the_browser(
    text: str, found: list[str]
) -> None:
    assert best(text, ((name, name) for name in NAMES)) == found
    things = [{"name": name} for name in NAMES]
    ranked = javascript("palette.js", "s.best(text, things).map(t => t.name)", text=text, things=things)
    assert ranked == found


def test_runs_are_found_by_name_and_by_id_in_their_project_and_by_id_in_any(
    store: Store, sqlite_url: str
) -> None:
    here = finished_run(store, "digits", "wide", HEALTHY, created_ms=2_000)
    finished_run(store, "digits", "calm", HEALTHY, created_ms=1_000)
    there = finished_run(store, "a/b c", "elsewhere", HEALTHY)
    app = create_app(sqlite_url)

    def found(q: str, project: str = "digits") -> Any:
        return ask(app, "/api/v1/search", query=f"q={q}&project={project}").json()

    assert [run["name"] for run in found("")["runs"]] == ["wide", "calm"]
    assert found("wid")["runs"] == [{"name": "wide", "note": here.id, "path": f"/p/digits/r/{here.id}"}]
    assert [run["name"] for run in found(here.id[:6])["runs"]] == ["wide"]
    assert found(there.id)["runs"][0]["path"] == f"/p/a%2Fb%20c/r/{there.id}"
    assert [p["name"] for p in found("a/b")["projects"]] == ["a/b c"]
    assert found("wide", "nowhere")["runs"] == []
    assert ask(app, "/api/v1/search", query="q=" + "x" * 257).status == 422


def test_only_runs_that_changed_are_read_again(store: Store) -> None:
    first = finished_run(store, "digits", "wide", HEALTHY)
    names = Names(Data(store))
    names.of("digits")
    finished_run(store, "digits", "calm", HEALTHY)
    store.edit([first.run_id], name="wider")
    asked: list[int] = []
    read = store.runs
    store.runs = lambda *a, run_ids=None, **k: (asked.extend(run_ids or []), read(*a, run_ids=run_ids, **k))[
        1
    ]
    assert {run.name for _, run in names.of("digits")} == {"wider", "calm"}
    assert len(asked) == 2
    names.of("digits")
    assert len(asked) == 2


def test_the_nearest_names_are_the_likest_and_few() -> None:
    names = [(name, f"/{name}") for name in ("digits", "digit-sums", "vision", "Digits-2")]
    assert [name for name, _ in nearest("digit", names)] == ["digits", "Digits-2", "digit-sums"]
    assert nearest("zzz", names) == []
    assert len(nearest("run", [(f"run{i}", "/") for i in range(50)])) == 5
