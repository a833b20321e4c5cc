"""One history of a real small training, and whether two diagnoses say the same."""

from __future__ import annotations

import pytest

from tests.diagnosis import training
from tracker import reader
from tracker.model import Diagnosis


@pytest.fixture(scope="module")
def curves() -> dict[str, list[float]]:
    return {name: list(values) for name, values in training.overfitting().items()}


@pytest.fixture(scope="module")
def expected(curves: dict[str, list[float]]) -> Diagnosis:
    d = reader.diagnose(curves)
    assert d.verdict == "overfitting"
    return d


def agrees(got: Diagnosis, want: Diagnosis) -> bool:
    return (got.verdict, got.sentence, got.best_epoch) == (want.verdict, want.sentence, want.best_epoch)
