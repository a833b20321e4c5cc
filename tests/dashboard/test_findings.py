"""The cards of a run page about what was said: findings, alerts, notes."""

from __future__ import annotations

from typing import Any

from tracker.dashboard.components.findings import MOST_NOTES, findings_card, notes_card
from tracker.model import Annotation, Diagnosis, Finding

FOUND = Diagnosis(
    "overfitting",
    "Overfitting from epoch 9.",
    "epoch",
    findings=(
        Finding(
            "overfitting", "strong", 9.0, 20.0, "It rises <b>.", ("Stop.",), {"rise": 0.5, "n_val": None}
        ),
        Finding("best_epoch", "note", 7.0, 7.0, "Best at epoch 7."),
        Finding("lr_drop", "note", None, None, "The rate fell."),
    ),
)


def texts(thing: Any) -> list[str]:
    """Return all texts of a layout in reading order."""
    if isinstance(thing, list | tuple):
        return [text for part in thing for text in texts(part)]
    children = getattr(thing, "children", thing)
    return texts(children) if children is not thing else ([str(thing)] if isinstance(thing, str) else [])


def test_a_finding_stands_with_its_place_its_certainty_and_its_numbers() -> None:
    said = texts(findings_card(FOUND, ()))
    for text in (
        "Overfitting",
        "Strong",
        "epoch 9 to 20",
        "It rises <b>.",
        "The numbers",
        "rise",
        "0.5",
        "Dismiss",
    ):
        assert text in said
    assert "n val" not in said
    assert "Lr drop" in said
    assert said.count("Dismiss") == 2  # where a minimum lies is no matter of opinion


def test_a_dismissed_finding_can_be_restored_and_says_why() -> None:
    said = texts(findings_card(FOUND, (Annotation("dismissal", "overfitting", "known", at_ms=0),)))
    assert said.count("Restore") == 1
    assert any(text.startswith("Dismissed") and text.endswith(": known") for text in said)


def test_nothing_found_and_nothing_noted_has_no_card() -> None:
    assert findings_card(Diagnosis("too_early", "Too early.", "epoch"), ()) is None
    assert notes_card((Annotation("dismissal", "overfitting"),)) is None


def test_alerts_and_notes_come_newest_first_and_not_without_end() -> None:
    notes = [Annotation("alert", f"alert {k}", "why", 7, None, k) for k in range(30)]
    said = texts(notes_card([*notes, Annotation("note", "halved the rate", epoch=4.0)]))
    assert said[1:3] == ["halved the rate", next(text for text in said if text.startswith("epoch 4"))]
    assert "alert 29" in said
    assert sum(text.startswith("alert ") for text in said) == MOST_NOTES - 1
    assert any(text.startswith("step 7") for text in said)
