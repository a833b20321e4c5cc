"""Real trainings of real frameworks: run in an environment of their own, see `make test-frameworks`."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import tracker
from tracker.model import RunRecord, Series
from tracker.store import open_store

Data = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
Stored = Callable[[], tuple[RunRecord, dict[str, Series]]]


def need(*names: str) -> None:
    """Fail with what to run where a framework is missing: a test that cannot run has proven nothing."""
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        pytest.fail(f"{', '.join(missing)} is not installed: run make test-frameworks", pytrace=False)


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "false")


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let everything log into a store of this test's own."""
    store = f"sqlite:///{tmp_path}/runs.db"
    monkeypatch.setenv("TRACKER_URL", store)
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return store


@pytest.fixture
def stored(url: str) -> Stored:
    """Return the one run that the test logged, and its series by name."""

    def read() -> tuple[RunRecord, dict[str, Series]]:
        tracker.finish()
        store = open_store(url)
        try:
            (record,) = store.runs()
            names = [s.name for s in store.series([record.run_id]).get(record.run_id, ())]
            points = store.points([(record.run_id, name) for name in names])
            return record, {name: points[record.run_id, name] for name in names}
        finally:
            store.close()

    return read


@pytest.fixture(scope="session")
def data() -> Data:
    """Few noisy samples, so that a large model overfits within seconds: x and y of training, x and y of validation."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(360, 12)).astype("float32")
    y = (x[:, 0] + x[:, 1] * x[:, 2] + rng.normal(scale=1.2, size=360) > 0).astype("int64")
    return x[:120], y[:120], x[120:], y[120:]
