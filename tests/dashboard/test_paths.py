"""Every project has an address that a browser leaves as it is, and that leads back to it."""

from __future__ import annotations

import pytest

from tracker.dashboard import paths


@pytest.mark.parametrize(
    "name", ["digits", ".", "..", "...", "~", "~.", "~a", "a/b", "a b", "%2e", "損失", "compare"]
)
def test_a_project_is_read_back_from_its_address(name: str) -> None:
    for path, page in ((paths.runs_path(name), "runs"), (paths.compare_path(name), "compare")):
        assert paths.read(path) == paths.Place(page, name)
        assert not {".", ".."} & set(path.split("/"))
