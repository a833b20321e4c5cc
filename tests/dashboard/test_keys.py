"""One table of keys: the guide prints it, and no key has two meanings in one place."""

from __future__ import annotations

from pathlib import Path

from tracker.dashboard.keys import KEYS, PLACES

GUIDE = (Path(__file__).parents[2] / "docs" / "guide.md").read_text()


def test_the_guide_prints_every_key() -> None:
    for key in KEYS:
        caps = "+".join(f"`{cap}`" for cap in key.shown.split(" "))
        assert f"| {key.where} | {caps} | {key.what} |" in GUIDE


def test_a_key_means_one_thing() -> None:
    assert len({(key.key, key.alt, key.ctrl) for key in KEYS}) == len(KEYS)
    assert {key.where for key in KEYS} == {"Every page", *PLACES}
    assert all(key.act or key.press or key.key == "Escape" for key in KEYS)
