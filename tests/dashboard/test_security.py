"""The guard: who may ask, how much, and what every answer carries."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dashboard.asgi import Answer
from tests.dashboard.asgi import ask as ask_app
from tracker.dashboard.security import BODY_LIMIT, Guard, content_security_policy

CSP = content_security_policy(["'sha256-abc'"])


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"server", b"secret/1.0")]})
    await send({"type": "http.response.body", "body": b"hello"})


def ask(*, hosts: tuple[str, ...] | None = (), app: Any = hello, **request: Any) -> Answer:
    return ask_app(Guard(app, hosts=hosts, csp=CSP), **request)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "[::1]", "localhost:8700", "127.0.0.1:9", "127.0.0.2", "LOCALHOST"]
)
def test_loopback_names_are_answered(host: str) -> None:
    assert ask(headers={"host": host}).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8700",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "127.evil.example",
        "",
    ],
)
def test_other_host_names_are_refused(host: str) -> None:
    assert ask(headers={"host": host}).status == 421


def test_two_or_no_hosts_are_refused() -> None:
    assert ask(headers=[("host", "localhost"), ("host", "evil.example")]).status == 421
    assert ask(headers=[("accept", "*/*")]).status == 421


def test_the_bound_host_and_a_public_server_are_answered() -> None:
    assert ask(headers={"host": "box.lan:8700"}, hosts=("box.lan",)).status == 200
    assert ask(headers={"host": "anything.example"}, hosts=None).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8700"}, 403),
        ({"origin": "http://127.0.0.1:8700"}, 200),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_only_our_own_pages_may_change_anything(method: str, headers: dict[str, str], status: int) -> None:
    assert ask(method=method, headers=headers).status == status


def test_reading_is_open_to_links_from_elsewhere() -> None:
    assert ask(headers={"sec-fetch-site": "cross-site"}).status == 200


def test_every_answer_carries_the_headers() -> None:
    for answer in (
        ask(),
        ask(headers={"host": "evil.example"}),
        ask(method="POST", headers={"origin": "null"}),
    ):
        assert answer.headers["content-security-policy"] == CSP
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers


def test_the_policy_lets_nothing_in_from_elsewhere() -> None:
    assert "default-src 'none'" in CSP
    assert "script-src 'self' 'sha256-abc';" in CSP
    assert "unsafe-eval" not in CSP
    assert "frame-ancestors 'none'" in CSP


def test_only_fingerprinted_files_are_kept_by_the_browser() -> None:
    assert "immutable" in ask(path="/assets/base.css", query="m=17").headers["cache-control"]
    assert ask(path="/_dash-layout").headers["cache-control"] == "no-store"


def test_a_body_over_the_limit_is_refused() -> None:
    assert ask(method="POST", body=b"x" * BODY_LIMIT).status == 200
    assert ask(method="POST", body=b"x" * (BODY_LIMIT + 1)).status == 413
    assert ask(method="POST", headers={"content-length": str(BODY_LIMIT + 1)}).status == 413


def test_a_failure_says_nothing_about_the_inside() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("postgresql://user:secret@db/tracker")

    answer = ask(app=broken)
    assert answer.status == 500
    assert b"secret" not in answer.body
    assert b"Traceback" not in answer.body
