"""REST under /api/v1: what the pages know, for programs; and a person's dismissals."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.dashboard.asgi import Answer, ask
from tests.support.runs import HEALTHY, OVERFIT, finished_run, log
from tests.support.sessions import Session
from tracker.dashboard.server import create_app
from tracker.model import RunRecord
from tracker.store.base import Store


@pytest.fixture
def overfit(store: Store) -> RunRecord:
    finished_run(store, "digits", "healthy-one", HEALTHY, config={"lr": 0.1}, created_ms=1_000)
    return finished_run(store, "digits", "wide-mlp", OVERFIT, config={"lr": 0.2}, created_ms=2_000)


@pytest.fixture
def app(sqlite_url: str, overfit: RunRecord) -> Any:
    return create_app(sqlite_url)


def put(app: Any, path: str, body: Any, **headers: str) -> Answer:
    sent = {"content-type": "application/json", **headers}
    return ask(app, path, method="PUT", headers=sent, body=json.dumps(body).encode())


def test_projects_and_runs_with_their_verdicts(app: Any, overfit: RunRecord) -> None:
    (project,) = ask(app, "/api/v1/projects").json()
    assert (project["name"], project["runs"], project["live"]) == ("digits", 2, 0)
    first, second = ask(app, "/api/v1/runs", query="project=digits").json()
    assert (first["name"], first["verdict"], first["config"]) == ("wide-mlp", "overconfident", {"lr": 0.2})
    assert (first["id"], first["created"]) == (overfit.id, "1970-01-01T00:00:02.000+00:00")
    assert first["sentence"].startswith("Overfitting from epoch")
    assert (second["name"], second["verdict"], second["onset_epoch"]) == ("healthy-one", "healthy", None)


def test_runs_are_filtered_by_verdict_and_status_and_come_in_pages(app: Any) -> None:
    def names(query: str) -> list[str]:
        return [run["name"] for run in ask(app, "/api/v1/runs", query=query).json()]

    assert names("verdict=healthy") == ["healthy-one"]
    assert names("status=running") == []
    assert names("limit=1") == ["wide-mlp"]
    assert names("limit=1&offset=1") == ["healthy-one"]
    wrong = ask(app, "/api/v1/runs", query="verdict=fine")
    assert wrong.status == 422
    assert "no verdict 'fine'" in wrong.json()["detail"]
    assert ask(app, "/api/v1/runs", query="limit=0").status == 422


def test_one_run_its_series_and_their_points(app: Any, store: Store) -> None:
    session = Session(store, project="digits", name="broken")
    log(session, {"loss": [2.0, float("nan"), float("-inf")]})
    run = store.runs(run_ids=[session.run_id])[0]
    shown = ask(app, f"/api/v1/runs/{run.id}").json()
    assert shown["name"] == "broken"
    assert [(s["name"], s["count"], s["min"]["value"], s["last"]["value"]) for s in shown["series"]] == [
        ("loss", 3, 2.0, "-inf")
    ]
    points = ask(app, f"/api/v1/runs/{run.id}/series", query="name=loss").json()
    assert points["value"] == [2.0, "nan", "-inf"]
    assert points["step"] == [0, 1, 2]
    missing = ask(app, f"/api/v1/runs/{run.id}/series", query="name=val/loss")
    assert (missing.status, missing.json()["detail"]) == (
        404,
        f"run {run.id} has no series 'val/loss': it has loss",
    )


def test_a_diagnosis_comes_with_its_numbers(app: Any, overfit: RunRecord) -> None:
    found = ask(app, f"/api/v1/runs/{overfit.id}/diagnosis").json()
    assert (found["verdict"], found["standing"], found["axis"]) == ("overconfident", "overconfident", "epoch")
    assert found["findings"][0]["evidence"]["rise_share_of_drop"] > 0.1
    assert len(found["advice"]) in (1, 2)


def test_a_dismissal_changes_what_the_run_counts_as_until_it_is_taken_back(
    app: Any, overfit: RunRecord
) -> None:
    where = f"/api/v1/runs/{overfit.id}/dismissals/overconfident"
    assert put(app, where, {"reason": "it is distilled"}).status == 204
    shown = ask(app, f"/api/v1/runs/{overfit.id}").json()
    assert (shown["verdict"], shown["standing"]) == ("overconfident", "dismissed")
    assert [r["name"] for r in ask(app, "/api/v1/runs", query="verdict=dismissed").json()] == ["wide-mlp"]
    assert ask(app, "/api/v1/runs", query="verdict=overconfident").json() == []
    assert ask(app, where, method="DELETE").status == 204
    assert ask(app, f"/api/v1/runs/{overfit.id}").json()["standing"] == "overconfident"


def test_what_is_not_there_is_said_in_a_sentence(app: Any, overfit: RunRecord) -> None:
    for path in ("/api/v1/runs/0000000000000", "/api/v1/runs/0000000000000/diagnosis"):
        answer = ask(app, path)
        assert answer.status == 404
        assert "0000000000000" in answer.json()["detail"]
    assert ask(app, "/api/v1/nothing").status == 404
    unknown = put(app, f"/api/v1/runs/{overfit.id}/dismissals/laziness", {"reason": ""})
    assert unknown.status == 404
    assert "no finding 'laziness'" in unknown.json()["detail"]
    assert (
        put(app, f"/api/v1/runs/{overfit.id}/dismissals/overconfident", {"reason": "x" * 3_000}).status == 422
    )


def test_another_sites_page_cannot_dismiss(app: Any, overfit: RunRecord, store: Store) -> None:
    where = f"/api/v1/runs/{overfit.id}/dismissals/overconfident"
    assert put(app, where, {"reason": ""}, **{"sec-fetch-site": "cross-site"}).status == 403
    assert ask(app, where, method="DELETE", headers={"origin": "http://evil.example"}).status == 403
    assert store.annotations([overfit.run_id]) == {}


def test_the_description_names_every_route(app: Any) -> None:
    described = ask(app, "/api/v1/openapi.json").json()
    assert set(described["paths"]) >= {
        "/api/v1/projects",
        "/api/v1/runs",
        "/api/v1/runs/{run}",
        "/api/v1/runs/{run}/series",
        "/api/v1/runs/{run}/diagnosis",
        "/api/v1/runs/{run}/dismissals/{kind}",
    }
    assert not any("{rest}" in path for path in described["paths"])


def test_a_long_series_comes_as_the_points_that_draw_it_and_a_range_of_it_as_logged(
    app: Any, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tracker.dashboard import api

    session = Session(store, project="digits", name="long")
    log(session, {"loss": [9.0 if i == 777 else i / 5_000 for i in range(5_000)]})
    run = store.runs(run_ids=[session.run_id])[0].id
    where = f"/api/v1/runs/{run}/series"
    few = ask(app, where, query="name=loss&n=100").json()
    assert len(few["step"]) <= 100
    assert few["points"] == 5_000
    assert (few["step"][0], few["step"][-1]) == (0, 4_999)
    assert 9.0 in few["value"]
    part = ask(app, where, query="name=loss&x0=700&x1=710").json()
    assert part["step"] == list(range(700, 711))
    assert ask(app, where, query="name=loss&x=epoch&x0=4990").json()["step"] == list(range(4_990, 5_000))
    assert ask(app, where, query="name=loss&x0=9000").json()["step"] == []
    assert ask(app, where, query="name=loss&n=2").status == 422
    assert ask(app, where, query="name=loss&x=wall").status == 422
    monkeypatch.setattr(api, "MOST_POINTS", 1_000)
    refused = ask(app, where, query="name=loss")
    assert refused.status == 413
    assert "ask for a range with x0 and x1, or for n points" in refused.json()["detail"]
    assert len(ask(app, where, query="name=loss&n=50").json()["step"]) <= 50
