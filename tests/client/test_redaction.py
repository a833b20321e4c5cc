"""No secret of a config reaches a disk, and nothing that is no secret is lost."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

import numpy as np
import pytest

import tracker
from tests.support.process import Home
from tracker.client.redaction import REDACTED, clean_config, is_secret
from tracker.model import KEY_BYTES

WORD = "Zq8vL2kP9wXr4TbN7mYc"

SECRET_KEYS = [
    "password", "db_password", "dbPassword", "PASSWORD", "user.passwd", "client_secret", "clientSecret", "credential",
    "aws-credentials", "sentry_dsn", "api_key", "apiKey", "API_KEY", "OPENAI_API_KEY", "apikey", "private_key",
    "aws_secret_access_key",    "ssh.private.key", "access_token", "hfToken", "token",
]  # fmt: skip
SECRET_VALUES = [
    f"sk-{WORD}", f"sk-proj-{WORD}", f"ghp_{WORD}{WORD}", f"github_pat_{WORD}_{WORD}", f"hf_{WORD}", "AKIAIOSFODNN7EXAMPLE",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "-----BEGIN RSA PRIVATE KEY-----\nabc", "postgresql://me:pass@host/db", "https://user:pw@example.org/x",
]  # fmt: skip
HARMLESS = [
    ("tokenizer", "bert-base-uncased-with-a-long-name"), ("num_tokens", 50257), ("max_tokens", "4096"), ("author", "me"),
    ("pad_token", "<pad>"), ("cls_token_id", 101), ("bos_token", "a token with spaces in it, long"), ("name", "task-1"),
    ("model", "mask-rcnn"), ("monkey", "banana"), ("keyboard", "qwerty"), ("optimizer", "sk-learn"), ("secretary", "x"),
    ("use_secret", True), ("password", None), ("passwordless", "yes"), ("url", "https://example.org/path?x=1"),
    ("url", "postgresql://host/db"), ("ratio", "1:2@3"), ("api_key_count", 3), ("tokens", 5),
]  # fmt: skip


@pytest.mark.parametrize("key", SECRET_KEYS)
def test_a_secret_is_known_by_its_key(key: str) -> None:
    assert is_secret(key, WORD)


@pytest.mark.parametrize("value", SECRET_VALUES)
def test_a_secret_is_known_by_its_shape(value: str) -> None:
    assert is_secret("anything", value)


@pytest.mark.parametrize(("key", "value"), HARMLESS)
def test_what_is_no_secret_stays(key: str, value: Any) -> None:
    assert not is_secret(key, value)


@dataclasses.dataclass
class Settings:
    lr: float = 0.1
    password: str = WORD


class Shown:
    def __str__(self) -> str:
        return f"Client(host='x', api_key='{WORD}')"


def test_no_secret_is_on_disk_at_any_depth(home: Home) -> None:
    config = {
        "lr": 0.1,
        "db": {"password": WORD, "nested": [{"secret": WORD}, [f"sk-{WORD}"]]},
        "password": {"of": {"db": WORD}},
        "settings": Settings(),
        "args": argparse.Namespace(api_key=WORD, depth=3),
        "client": Shown(),
        "items": (f"hf_{WORD}", "fine"),
    }
    run = tracker.init(config=config, mode="offline")
    run.config.update(token=WORD, late={"dsn": WORD})
    run.summary["api_key"] = WORD
    run.log(loss=1.0)
    assert run.config["db"]["password"] == WORD
    run.finish()
    home.settle()
    for path in home.folder.rglob("*"):
        if path.is_file():
            assert WORD.encode() not in path.read_bytes(), path
    kept = home.only_run().config
    assert kept["lr"] == 0.1
    assert kept["settings.lr"] == 0.1
    assert kept["args.depth"] == 3
    assert kept["db.password"] == kept["password"] == kept["token"] == REDACTED
    assert "fine" in kept["items"]


def test_values_become_json_scalars() -> None:
    kept = clean_config(
        {
            "a": {"b": {"c": 1}},
            "n": np.float32(0.5),
            "big": 2**80,
            "inf": float("inf"),
            "none": None,
            "path": Settings,
            "e": {},
        },
        print,
    )
    assert kept["a.b.c"] == 1
    assert kept["n"] == 0.5
    assert kept["big"] == str(2**80)
    assert kept["inf"] == "inf"
    assert kept["none"] is None
    assert isinstance(kept["path"], str)
    assert kept["e"] == "{}"


def test_a_config_too_large_or_too_deep_is_cut_and_said() -> None:
    said: list[str] = []
    kept = clean_config({f"key{i}": "x" * 1_000 for i in range(200)}, said.append)
    assert 50 < len(kept) < 70
    assert "64 KiB" in said[0]
    deep: dict[str, Any] = {}
    deep["self"] = deep
    said.clear()
    assert clean_config(deep, said.append)
    assert "8 levels" in said[0]
    assert len(clean_config({"x": "y" * 1_000_000}, print)["x"]) <= 4_000


def test_every_key_can_be_stored_and_no_two_become_one() -> None:
    said: list[str] = []
    long = "提" * 400
    config = {
        "": 1,
        "提": 2,
        long + "a": 3,
        long + "b": 4,
        "a" * 512: {"b" * 512: 5, "": 6},
        "c" * KEY_BYTES: 7,
    }
    kept = clean_config(config, said.append)
    assert sorted(kept.values()) == [1, 2, 3, 4, 5, 6, 7]
    assert all(0 < len(key.encode()) <= KEY_BYTES for key in kept)
    assert kept["提"] == 2
    assert kept["c" * KEY_BYTES] == 7
    assert len(said) == 1
    assert "1024 bytes are cut" in said[0]


@pytest.mark.parametrize("key", ["", "提" * 400], ids=["empty", "long"])
def test_no_key_keeps_a_run_from_the_store(home: Home, key: str) -> None:
    run = tracker.init(config={key: 1, "lr": 0.1})
    run.config[key + "x" * 1_100] = 2
    run.log(loss=1.0)
    run.finish()
    assert home.values() == {0: 1.0}
    assert home.only_run().config["lr"] == 0.1
    assert sorted(home.only_run().config.values()) == [0.1, 1, 2]


def test_a_config_that_cannot_be_shown_does_not_stop_training() -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("no")

    assert clean_config({"x": Broken(), 5: 1, "\ud800\0": "\ud800\0"}, print) == {
        "x": "<Broken: RuntimeError>",
        "5": 1,
        "?": "?",
    }
