"""Where the store is: what can never be one is refused at once, and what can is read as it was meant."""

from __future__ import annotations

import pytest

import tracker
from tracker import settings
from tracker.errors import BadInput


@pytest.mark.parametrize(
    "url", ["postgresql://me@db:port/runs", "postgresql://me:secret@db:54 32/runs", "postgresql://[::1/runs"]
)
def test_a_port_that_is_none_is_refused_without_the_password(url):
    with pytest.raises(BadInput, match="HOST:5432") as refused:
        settings.store_url(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "rest",
    [
        "db/runs",
        "me@db:5432/runs",
        "me:a:b/c@db/runs",
        "/runs?host=/var/run",
        "[::1]:5432/runs",
        "me@/runs?host=a,b",
        "me@db:/r",
    ],
)
def test_other_hosts_are_left_to_the_driver(rest):
    assert settings.store_url(f"postgresql://{rest}") == f"postgresql+psycopg://{rest}"


def test_a_folder_is_no_store(tmp_path):
    with pytest.raises(BadInput, match=r"is a folder.*runs\.db"):
        tracker.init(store=tmp_path)
    with pytest.raises(BadInput, match="the store is 5"):
        tracker.init(store=5)


def test_an_id_is_text():
    with pytest.raises(BadInput, match="id is 5 of type int"):
        tracker.init(id=5)
