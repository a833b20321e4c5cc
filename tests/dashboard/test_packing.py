"""Scripts and styles go out packed, whoever asks and however often, and everything else as before."""

from __future__ import annotations

import gzip
from pathlib import Path

import brotli
import flask
import pytest

from tracker.dashboard import packing
from tracker.dashboard.lru import Lru
from tracker.dashboard.packing import pack

BODY = "const answer = 42;\n" * 200


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> flask.Flask:
    monkeypatch.setattr(packing, "_kept", Lru(packing.KEPT, len))
    (tmp_path / "a.js").write_text(BODY)
    (tmp_path / "b.js").write_text(BODY.replace("42", "43"))
    (tmp_path / "short.js").write_text("1")
    (tmp_path / "font.woff2").write_bytes(BODY.encode())
    server = flask.Flask(__name__, static_folder=str(tmp_path), static_url_path="/assets")
    server.add_url_rule("/page", view_func=lambda: BODY)
    pack(server)
    return server


def get(
    server: flask.Flask, path: str, accepts: str = "gzip, deflate, br, zstd"
) -> tuple[flask.Response, bytes]:
    answer = server.test_client().get(path, headers={"Accept-Encoding": accepts})
    return answer, answer.get_data()


@pytest.mark.parametrize(
    ("accepts", "way", "open_"),
    [
        ("gzip, deflate, br, zstd", "br", brotli.decompress),
        ("gzip, deflate", "gzip", gzip.decompress),
        ("br;q=0, gzip", "gzip", gzip.decompress),
    ],
)
def test_a_script_is_packed_as_the_browser_can_open_it(
    server: flask.Flask, accepts: str, way: str, open_
) -> None:
    for path, text in (("/assets/a.js?m=1", BODY), ("/assets/b.js?m=1", BODY.replace("42", "43"))):
        for _ in range(2):  # made, then kept
            answer, body = get(server, path, accepts)
            assert answer.headers["Content-Encoding"] == way
            assert int(answer.headers["Content-Length"]) == len(body) < len(text) / 4
            assert "Accept-Encoding" in answer.headers["Vary"]
            assert open_(body).decode() == text


def test_it_is_packed_once_for_all_who_come(server: flask.Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = []
    monkeypatch.setitem(packing._PACKERS, "br", lambda body: packed.append(body) or brotli.compress(body))
    for _ in range(3):
        get(server, "/assets/a.js?m=1")
    assert len(packed) == 1
    get(server, "/assets/a.js?m=2")  # another fingerprint is another file
    assert len(packed) == 2


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/assets/short.js", 200, "1"),
        ("/assets/font.woff2", 200, BODY),
        ("/page", 200, BODY),
        ("/nowhere.js", 404, None),
    ],
)
def test_everything_else_goes_out_as_it_is(
    server: flask.Flask, path: str, status: int, text: str | None
) -> None:
    answer, body = get(server, path)
    assert "Content-Encoding" not in answer.headers
    assert answer.status_code == status
    assert text is None or body.decode() == text


def test_a_browser_that_opens_nothing_gets_the_file(server: flask.Flask) -> None:
    answer, body = get(server, "/assets/a.js", "identity")
    assert "Content-Encoding" not in answer.headers
    assert body.decode() == BODY


def test_what_the_browser_has_is_not_sent_again(server: flask.Flask) -> None:
    etag = get(server, "/assets/a.js")[0].headers["ETag"]
    again = server.test_client().get("/assets/a.js", headers={"If-None-Match": etag, "Accept-Encoding": "br"})
    assert again.status_code == 304
    assert again.get_data() == b""
