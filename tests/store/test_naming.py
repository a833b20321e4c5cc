"""A name that fits several runs."""

from __future__ import annotations

import pytest

from tests.support.sessions import Session, rows
from tracker.errors import NotFound, StoreUnavailable
from tracker.model import id_text
from tracker.store import naming, open_store


def test_runs_of_one_name_are_told_apart_by_date_newest_first(store_url: str) -> None:
    store = open_store(store_url)
    store.prepare()
    ids = []
    for number in range(7):
        session = Session(
            store, project="vision", name="a/b", created_ms=1_700_000_000_000 + number * 86_400_000
        )
        session.ship(rows([1.0]))
        ids.append(id_text(session.run_id))
    with pytest.raises(NotFound) as told:
        store.find_run("vision/a/b")
    text = str(told.value)
    assert text.startswith("'vision/a/b' fits 7 runs: name one by its id; newest first (UTC): ")
    assert text.index(f"{ids[6]} (2023-11-20 22:13:20)") < text.index(f"{ids[2]} (2023-11-16 22:13:20)")
    assert text.endswith(" and 2 more")
    assert ids[0] not in text
    assert store.find_run(ids[0]).id == ids[0]


def test_few_runs_are_all_named() -> None:
    assert naming.ambiguous("p/n", [(0, 1), (1000, 2)]).count("1970-01-01") == 2


def test_a_folder_is_no_store(tmp_path) -> None:
    with pytest.raises(StoreUnavailable, match="is a folder"):
        open_store(f"sqlite:///{tmp_path}", readonly=True).runs()
