"""Every project has an address that a browser leaves as it is, and that leads back to it."""

from __future__ import annotations

import pytest

import tracker
from tracker.dashboard import paths

every_name = pytest.mark.parametrize(
    "name", ["digits", ".", "..", "...", "~", "~.", "~a", "a/b", "a b", "%2e", "損失", "compare"]
)


@every_name
def test_a_project_is_read_back_from_its_address(name: str) -> None:
    for path, page in ((paths.runs_path(name), "runs"), (paths.compare_path(name), "compare")):
        assert paths.read(path) == paths.Place(page, name)
        assert not {".", ".."} & set(path.split("/"))


@every_name
def test_the_address_that_a_run_says_is_that_of_its_page(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKER_DASHBOARD_URL", "http://there")
    run = tracker.Run(name, mode="disabled")
    assert run.url == f"http://there{paths.run_path(name, run.id)}"
