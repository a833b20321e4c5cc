"""Who comes in: the printed token, the cookie made from it, and nobody else, at every address of the application."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from a2wsgi import WSGIMiddleware

from tests.dashboard.asgi import Answer, ask
from tests.support.runs import HEALTHY, finished_run
from tracker.dashboard.door import OPEN_TO_ALL, Door, kept_token
from tracker.dashboard.security import Guard
from tracker.dashboard.server import create_app
from tracker.errors import BadInput
from tracker.store import open_store

TOKEN = "a-token-of-32-characters-0123456"
TYPES = {"content-type": "application/json"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("TRACKER_HOME", str(folder))
    monkeypatch.delenv("TRACKER_DASHBOARD_TOKEN", raising=False)
    return folder


@pytest.fixture
def app(sqlite_url: str) -> Any:
    store = open_store(sqlite_url)
    store.prepare()
    finished_run(store, "digits", "calm", HEALTHY)
    store.close()
    return create_app(sqlite_url, token=TOKEN)


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"inside"})


def knock(path: str = "/", *, token: str = TOKEN, **request: Any) -> Answer:
    return ask(Guard(hello, csp="default-src 'none'", door=Door(token)), path, **request)


def cookie(token: str = TOKEN) -> str:
    return knock(query=f"token={token}", token=token).headers["set-cookie"].partition(";")[0]


def addresses(root: Any) -> list[tuple[str, str]]:
    """Every method and address that the application has: REST, the document that describes it, Dash and its files."""
    found: set[tuple[str, str]] = set()
    for path, operations in root.openapi()["paths"].items():
        found |= {(method.upper(), path) for method in operations}
    pages = next(
        route.app for route in root.routes if isinstance(getattr(route, "app", None), WSGIMiddleware)
    )
    for rule in pages.app.url_map.iter_rules():
        found |= {(method, rule.rule) for method in rule.methods}
    return sorted(found | {("GET", "/api/v1/openapi.json"), ("GET", "/api/v1/typo"), ("GET", "/p/digits")})


def test_every_address_is_closed_without_the_token_and_open_with_it(app: Any) -> None:
    listed = addresses(app._app)
    assert len(listed) > 20
    assert ("POST", "/_dash-update-component") in listed
    for method, path in listed:
        answer = ask(app, path, method=method, headers=TYPES, body=b"{}")
        expected = {OPEN_TO_ALL: (200, 405)}.get(path, (401,))
        assert answer.status in expected, (method, path, answer.status)
        assert b"digits" not in answer.body
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        inside = ask(app, path, method=method, headers={**TYPES, "cookie": cookie()}, body=b"{}")
        assert inside.status != 401, (method, path)
        assert inside.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in inside.headers["content-security-policy"]
        assert "server" not in inside.headers
        assert b"Traceback" not in inside.body


def test_the_printed_address_becomes_a_cookie_and_leaves_the_address_bar() -> None:
    answer = knock("/p/digits/compare", query=f"runs=a%2Cb&token={TOKEN}&log=1")
    assert answer.status == 303
    assert answer.headers["location"] == "/p/digits/compare?runs=a%2Cb&log=1"
    name, *rest = [part.strip() for part in answer.headers["set-cookie"].split(";")]
    assert TOKEN not in name
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(rest)
    assert knock(headers={"cookie": name}).body == b"inside"
    assert knock(headers={"cookie": f"other=1; {name}; more=2"}).body == b"inside"


@pytest.mark.parametrize(
    ("path", "where"),
    [("//evil.example/x", "/evil.example/x"), ("/\\evil.example", "/evil.example"), ("///evil", "/evil")],
)
def test_the_way_in_leads_nowhere_else(path: str, where: str) -> None:
    assert knock(path, query=f"token={TOKEN}").headers["location"] == where


@pytest.mark.parametrize("given", ["", "x", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "%00", "%F0%9F%98%80"])
def test_another_token_opens_nothing(given: str) -> None:
    answer = knock(query=f"token={given}")
    assert answer.status == 401
    assert "set-cookie" not in answer.headers
    assert knock(headers={"authorization": f"Bearer {given}"}).status == 401


def test_a_cookie_changed_by_one_letter_or_of_another_token_opens_nothing() -> None:
    good = cookie()
    name, _, value = good.partition("=")
    for bad in (
        f"{name}={value[:-1]}{'0' if value[-1] != '0' else '1'}",
        f"{name}=",
        name,
        cookie("another-token-of-32-characters-9"),
    ):
        assert knock(headers={"cookie": bad}).status == 401
    assert knock(token="another-token-of-32-characters-9", headers={"cookie": good}).status == 401


def test_a_program_sends_the_token_itself() -> None:
    assert knock(headers={"authorization": f"Bearer {TOKEN}"}).body == b"inside"
    assert knock(headers={"authorization": f"Basic {TOKEN}"}).status == 401


def test_a_cookie_does_not_let_another_site_change_anything() -> None:
    carried = {"cookie": cookie(), "sec-fetch-site": "cross-site"}
    assert knock(method="POST", headers=carried).status == 403
    assert knock(headers={"host": "evil.example", "cookie": cookie()}).status == 421


def test_a_browser_gets_a_page_that_says_how_to_come_in_and_a_program_a_sentence() -> None:
    page = knock(headers={"accept": "text/html,*/*"})
    assert page.status == 401
    assert page.headers["content-type"].startswith("text/html")
    assert "tracker serve" in page.text
    assert "<script" not in page.text
    assert knock().text.count("\n") == 0
    assert TOKEN not in page.text


def test_over_tls_the_cookie_stays_on_tls() -> None:
    scope = {"path": "/", "method": "GET", "query_string": f"token={TOKEN}".encode(), "headers": []}
    given = dict(Door(TOKEN).reply({**scope, "scheme": "https"}).headers)[b"set-cookie"]  # type: ignore[union-attr]
    assert given.endswith(b"; Secure")


class TestTheKeptToken:
    def test_it_is_made_once_and_is_for_its_owner_alone(self, home: Path) -> None:
        token = kept_token()
        assert len(token) >= 32
        assert kept_token() == token
        (file,) = home.iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(home.stat().st_mode) & 0o077 == 0

    def test_the_environment_wins(self, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
        monkeypatch.setenv("TRACKER_DASHBOARD_TOKEN", TOKEN)
        assert kept_token() == TOKEN
        assert not home.exists()

    @pytest.mark.parametrize(
        "given", ["short", "with space and more letters", "ümlauts-are-no-token-letters"]
    )
    def test_what_is_no_token_is_refused(self, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
        monkeypatch.setenv("TRACKER_DASHBOARD_TOKEN", given)
        with pytest.raises(BadInput, match="at least 16 characters") as error:
            kept_token()
        assert given not in str(error.value)

    def test_a_file_that_others_can_read_is_refused(self, home: Path) -> None:
        kept_token()
        (file,) = home.iterdir()
        file.chmod(0o644)
        with pytest.raises(BadInput, match="can be read by other users"):
            kept_token()

    def test_a_planted_link_is_refused(self, home: Path, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.write_text(TOKEN)
        elsewhere.chmod(0o600)
        home.mkdir()
        (home / "dashboard-token").symlink_to(elsewhere)
        with pytest.raises(BadInput, match="--no-token"):
            kept_token()

    def test_of_several_servers_that_start_at_once_all_have_the_same(self, home: Path) -> None:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(lambda _: kept_token(), range(16)))) == 1
        assert [file.name for file in home.iterdir()] == ["dashboard-token"]

    def test_a_place_that_takes_no_file_says_what_to_do(self, home: Path) -> None:
        home.write_text("no folder")
        with pytest.raises(BadInput, match="TRACKER_DASHBOARD_TOKEN"):
            kept_token()
