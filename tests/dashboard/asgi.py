"""Requests to an ASGI application without a socket."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    app: Any,
    path: str = "/",
    *,
    method: str = "GET",
    query: str = "",
    headers: dict[str, str] | list[tuple[str, str]] | None = None,
    body: bytes = b"",
) -> Answer:
    """Ask once; `headers` as a list replaces the Host header that is sent otherwise."""
    listed = (
        headers if isinstance(headers, list) else list({"host": "127.0.0.1:8700", **(headers or {})}.items())
    )
    answer = Answer()
    sent = False

    async def receive() -> dict[str, Any]:
        nonlocal sent
        if sent:
            await asyncio.sleep(3600)
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {k.decode().lower(): v.decode() for k, v in message["headers"]}
        else:
            answer.body += message.get("body", b"")

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(k.encode(), v.encode()) for k, v in listed],
        "client": ("127.0.0.1", 5),
        "server": ("127.0.0.1", 8700),
    }
    # in a thread of its own: a browser test in the same session keeps an event loop in this one
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(app(scope, receive, send))).result()
    return answer


def called(app: Any, starts: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return what the page's callback whose output starts so answers, by component; `values` are those of its ids.

    The first of them stands for what has changed.
    """
    spec = next(one for one in ask(app, "/_dash-dependencies").json() if one["output"].startswith(starts))
    outputs = [name.rsplit(".", 1) for name in spec["output"].strip(".").split("...")]
    first = next(iter(values))
    body = {
        "output": spec["output"],
        "outputs": [{"id": component, "property": name} for component, name in outputs],
        "inputs": [{**one, "value": values.get(one["id"])} for one in spec["inputs"]],
        "state": [{**one, "value": values.get(one["id"])} for one in spec["state"]],
        "changedPropIds": [f"{one['id']}.{one['property']}" for one in spec["inputs"] if one["id"] == first],
    }
    raw = json.dumps(body).encode()
    sent = {"content-type": "application/json", "content-length": str(len(raw))}
    answer = ask(app, "/_dash-update-component", method="POST", headers=sent, body=raw)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json()["response"]
    return found
