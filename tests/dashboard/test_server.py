"""The application as a whole: routes, pages through their callback, refusals, ports."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import socket
import threading
import urllib.request
from pathlib import Path
from typing import Any

import brotli
import pytest

from tests.dashboard.asgi import Answer, ask, called
from tests.support.runs import HEALTHY, OVERFIT, finished_run
from tracker.dashboard import server
from tracker.dashboard.server import create_app
from tracker.errors import BadInput
from tracker.model import RunRecord
from tracker.store import open_store

ASSETS = Path(server.__file__).parent / "assets"


@pytest.fixture
def run(sqlite_url: str) -> RunRecord:
    store = open_store(sqlite_url)
    store.prepare()
    finished_run(store, "digits", "healthy-one", HEALTHY, config={"lr": 0.1, "seed": 1}, created_ms=1_000)
    record = finished_run(
        store,
        "digits",
        "wide-mlp",
        OVERFIT,
        config={"lr": 0.2, "seed": 1},
        created_ms=2_000,
        notes="Try again.",
    )
    store.close()
    return record


@pytest.fixture
def app(sqlite_url: str) -> Any:
    return create_app(sqlite_url)


def page(app: Any, path: str, search: str = "") -> str:
    """Return all that the callback behind an address lays out, as JSON text."""
    asked = {
        "output": "..page.children...title.data..",
        "outputs": [{"id": "page", "property": "children"}, {"id": "title", "property": "data"}],
        "inputs": [
            {"id": "screen", "property": "data", "value": {"path": path, "search": search, "theme": "dark"}}
        ],
        "changedPropIds": ["screen.data"],
    }
    answer = callback(app, asked)
    assert answer.status == 200, answer.text
    return answer.text


def callback(app: Any, asked: dict[str, Any], **headers: str) -> Answer:
    body = json.dumps(asked).encode()
    sent = {"content-type": "application/json", "content-length": str(len(body)), **headers}
    return ask(app, "/_dash-update-component", method="POST", headers=sent, body=body)


@pytest.mark.parametrize(
    ("accepts", "way"), [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("identity", None)]
)
def test_a_page_goes_out_packed_as_the_browser_can_open_it(app: Any, accepts: str, way: str | None) -> None:
    asked = {
        "output": "..page.children...title.data..",
        "outputs": [{"id": "page", "property": "children"}, {"id": "title", "property": "data"}],
        "inputs": [{"id": "screen", "property": "data", "value": {"path": "/p/digits/compare"}}],
        "changedPropIds": ["screen.data"],
    }
    plain = callback(app, asked)
    answer = callback(app, asked, **{"accept-encoding": accepts})
    assert answer.headers.get("content-encoding") == way
    opened = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[way](answer.body)
    assert json.loads(opened).keys() == json.loads(plain.body).keys()
    assert b"alpha" in opened or b"digits" in opened
    assert way is None or len(answer.body) < len(plain.body) / 2


def test_health_says_whether_the_store_answers(app: Any) -> None:
    assert ask(app, "/healthz").json() == {"status": "ok", "store": "ok"}


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_mistyped_rest_address_is_a_404(app: Any, method: str) -> None:
    answer = ask(app, "/api/v1/typo", method=method)
    assert answer.status == 404
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/p/digits", "/p/digits/compare", "/no/such/page"])
def test_every_address_answers_with_the_pages(app: Any, path: str) -> None:
    answer = ask(app, path)
    assert answer.status == 200
    assert '<html lang="en">' in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_the_page_loads_nothing_from_elsewhere_and_not_the_full_plotly(app: Any) -> None:
    text = ask(app, "/").text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert loaded
    assert all(source.startswith(("/", "data:")) for source in loaded), loaded
    assert not any("plotly" in source for source in loaded), "a page without a chart needs none"
    (basic,) = re.findall(r'data-plotly="([^"]+)"', text)
    assert basic.startswith("/assets/plotly-basic.min.js?m=")
    assert ask(app, basic.partition("?")[0]).status == 200


def test_every_vendored_file_has_its_licence(app: Any) -> None:
    licences = {p.stem: p.read_text() for p in (ASSETS / "licenses").iterdir()}
    vendored = {"plotly-basic.min", *(p.stem for p in (ASSETS / "fonts").iterdir())}
    assert {p.stem for p in ASSETS.glob("*.min.*")} <= vendored
    assert {name.removesuffix("-basic.min") for name in vendored} | {"lucide"} == licences.keys()
    assert all("Copyright" in text for text in licences.values())


def test_style_sheets_name_no_other_host() -> None:
    sheets = list(ASSETS.glob("*.css"))
    assert ASSETS / "base.css" in sheets
    for sheet in sheets:
        text = sheet.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "http" not in text, sheet.name


def test_an_empty_store_shows_how_to_log_a_first_run(app: Any) -> None:
    text = page(app, "/")
    assert "Log a first run" in text
    assert "tracker.log" in text


def test_projects_are_listed(run: RunRecord, app: Any) -> None:
    text = json.dumps(json.loads(page(app, "/")))
    assert '"href": "/p/digits"' in text
    assert "Log a first run" not in text
    assert f'"data-ms": "{run.changed_ms}"' in text  # the reader's browser says it in his own zone


def test_the_compare_page_says_what_is_happening(run: RunRecord, app: Any) -> None:
    text = page(app, "/p/digits/compare")
    assert "wide-mlp" in text
    assert "healthy-one" in text
    assert "What is happening" in text
    columns = json.loads(text)["response"]["page"]
    said = re.findall(r'\{"key":"config:(lr|seed)"[^}]*\}', json.dumps(columns, separators=(",", ":")))
    equal = re.findall(
        r'\{"key":"config:(lr|seed)"[^}]*"equal":true\}', json.dumps(columns, separators=(",", ":"))
    )
    assert (said, equal) == (["lr", "seed"], ["seed"]), "equal settings are hidden, different ones shown"


def test_the_url_decides_what_is_compared(run: RunRecord, app: Any) -> None:
    text = page(app, "/p/digits/compare", f"?runs={run.id}&log=1")
    assert '"type":"log"' in text.replace(" ", "")
    assert text.count("healthy-one") < page(app, "/p/digits/compare").count("healthy-one")


def test_a_figure_says_whether_its_lines_are_smoothed(run: RunRecord, app: Any) -> None:
    for path in ("/p/digits/compare", f"/p/digits/r/{run.id}"):
        assert '"smoothing":0.6' in page(app, path, "?sm=0.6").replace(" ", "")


def test_the_run_page_shows_configuration_and_notes(run: RunRecord, app: Any) -> None:
    text = page(app, f"/p/digits/r/{run.id}")
    for words in ("wide-mlp", "Configuration", "Try again.", "Best validation loss", "Finished in"):
        assert words in text


def test_a_metric_that_a_run_logs_later_may_stand_on_its_x_axis(run: RunRecord, app: Any) -> None:
    told = {"run-tick": 1, "run-place": [run.project, run.id], "run-mark": "", "run-sent": {}}
    answer = called(app, "..run-name.children", told)
    assert "val/loss" in answer["run-metrics"]["data"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/p/nowhere", "There is no project named"),
        ("/p/nowhere/compare", "There is no project named"),
        ("/p/digits/r/0000000000000", "has no run with the id"),
        ("/p/digits/r/..%2F..%2Fetc%2Fpasswd", "has no run with the id"),
        ("/what", "There is no page at this address"),
    ],
)
def test_what_is_not_there_is_said(run: RunRecord, app: Any, path: str, words: str) -> None:
    text = page(app, path)
    assert words in text
    assert "All projects" in text


def test_a_store_that_went_away_becomes_a_page(
    run: RunRecord, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tracker.errors import StoreUnavailable
    from tracker.store.sqlite import SqliteStore

    def away(*_: Any, **__: Any) -> None:
        raise StoreUnavailable("cannot open /secret/place.db")

    monkeypatch.setattr(SqliteStore, "runs", away)
    text = page(app, "/p/digits")
    assert "The store does not answer" in text
    assert "secret" not in text


def test_a_broken_callback_shows_no_traceback(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr("tracker.dashboard.pages.projects.layout", broken)
    asked = {
        "output": "..page.children...title.data..",
        "outputs": [{"id": "page", "property": "children"}, {"id": "title", "property": "data"}],
        "inputs": [{"id": "screen", "property": "data", "value": {"path": "/", "search": ""}}],
        "changedPropIds": ["screen.data"],
    }
    answer = callback(app, asked)
    assert answer.status == 500
    assert "hunter2" not in answer.text
    assert "Traceback" not in answer.text


def test_a_callback_from_another_site_is_refused(app: Any) -> None:
    assert callback(app, {}, origin="http://evil.example").status == 403
    assert callback(app, {}, **{"sec-fetch-site": "cross-site"}).status == 403


def test_a_public_host_needs_to_be_asked_for(sqlite_url: str) -> None:
    with pytest.raises(BadInput, match="--insecure-public"):
        server.serve(sqlite_url, "0.0.0.0", 0)


def test_no_part_of_an_answer_waits_for_the_other_side() -> None:
    """An answer is written in parts; with Nagle's algorithm the second waits 40 ms for the first to be confirmed."""
    found: list[int] = []

    async def talk() -> None:
        answered = asyncio.Event()

        async def answer(_: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
            found.append(out.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            out.close()
            answered.set()

        listener = server._listen("127.0.0.1", 0)
        async with await asyncio.start_server(answer, sock=listener):
            _, out = await asyncio.open_connection(*listener.getsockname())
            await asyncio.wait_for(answered.wait(), 20)
            out.close()

    asyncio.run(talk())
    assert found[0] > 0


def test_the_next_port_is_taken_and_said(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import uvicorn

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ready: list[str] = []
        servers: list[uvicorn.Server] = []
        made = uvicorn.Server.__init__

        def remember(self: uvicorn.Server, *args: Any, **kwargs: Any) -> None:
            made(self, *args, **kwargs)
            servers.append(self)

        monkeypatch.setattr(uvicorn.Server, "__init__", remember)
        answered = threading.Event()
        thread = threading.Thread(
            target=server.serve,
            args=(sqlite_url, "127.0.0.1", port),
            kwargs={"on_ready": lambda url: (ready.append(url), answered.set())},
        )
        thread.start()
        try:
            assert answered.wait(60)
            assert ready[0] != f"http://127.0.0.1:{port}"
            with urllib.request.urlopen(f"{ready[0]}/healthz", timeout=20) as response:
                assert response.status == 200
                assert response.headers.get("server") is None
        finally:
            servers[0].should_exit = True
            thread.join(20)
    assert f"Port {port} is taken" in capsys.readouterr().err
