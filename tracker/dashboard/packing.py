"""Scripts and styles on their way to the browser: packed well once, and kept packed for everybody who comes after."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import brotli
import flask

from tracker.dashboard.lru import Lru

KEPT = 32_000_000
"""Bytes of packed files that are kept at most."""

_FEWEST = 500  # bytes of a file below which packing gains nothing
_TYPES = ("text/javascript", "application/javascript", "text/css")
_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, quality=7),
    "gzip": lambda body: gzip.compress(body, 9),
}


_kept: Lru[tuple[str, str], bytes] = Lru(KEPT, len)
"""Packed files by their address, which changes when they do."""


def pack(server: flask.Flask) -> None:
    """Let a server answer with packed scripts and styles; everything else goes out as it would without.

    What packs each answer anew has to hurry: with brotli a picture takes 4 ms instead of 12 and becomes 5 % larger, with
    gzip 7 instead of 30 and 17 % larger. A file that stays the same is worth more care. The files that the first page
    loads take a third of a second, once.
    """

    def packed(response: flask.Response) -> flask.Response:
        request = flask.request
        way = next((name for name in _PACKERS if request.accept_encodings.quality(name) > 0), None)
        plain = response.status_code == 200 and "Content-Encoding" not in response.headers
        if way is None or not plain or request.method != "GET" or response.mimetype not in _TYPES:
            return response
        key = way, request.full_path
        body = _kept.get(key)
        if body is None:
            response.direct_passthrough = False
            whole = response.get_data()
            if len(whole) < _FEWEST:
                return response
            body = _PACKERS[way](whole)
            _kept.put(key, body)
        response.close()
        response.direct_passthrough = False
        response.set_data(body)
        response.headers["Content-Encoding"] = way
        response.vary.add("Accept-Encoding")
        return response

    server.config |= {"COMPRESS_BR_LEVEL": 1, "COMPRESS_LEVEL": 1, "COMPRESS_ZSTD_LEVEL": 1}
    server.after_request(packed)
