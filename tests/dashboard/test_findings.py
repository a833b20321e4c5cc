"""The cards of a run page about what was said: findings, alerts, notes."""

from __future__ import annotations

from typing import Any

from tracker.dashboard.components.findings import findings
from tracker.dashboard.components.notes import MOST_NOTES, listed
from tracker.dashboard.components.static import Static
from tracker.model import Annotation, Diagnosis, Finding, VerdictChange

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
    if isinstance(thing, Static):
        return _node_texts(thing.tree)
    children = getattr(thing, "children", thing)
    return texts(children) if children is not thing else ([str(thing)] if isinstance(thing, str) else [])


def _node_texts(nodes: list[Any]) -> list[str]:
    """Return all texts of a static tree; an element is [tag, attributes, *children]."""
    return [text for node in nodes for text in ([node] if isinstance(node, str) else _node_texts(node[2:]))]


def test_a_finding_stands_with_its_place_its_certainty_and_its_numbers() -> None:
    said = texts(findings(FOUND, ()))
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


def zooms(thing: Any) -> list[tuple[str, str, str, str]]:
    """Return from where to where on which axis each button of a layout zooms, and what it is called."""
    if isinstance(thing, list | tuple):
        return [one for part in thing for one in zooms(part)]
    if getattr(thing, "data-act", None) == "zoom":
        return [tuple(getattr(thing, f) for f in ("data-x0", "data-x1", "data-x", "aria-label"))]
    children = getattr(thing, "children", None)
    return [] if children is None or isinstance(children, str) else zooms(children)


def test_the_place_of_a_finding_or_note_zooms_to_it_with_room_at_both_sides() -> None:
    assert zooms(findings(FOUND, ())) == [
        ("6.25", "22.75", "epoch", "epoch 9 to 20: zoom to Overfitting"),
        ("5.0", "9.0", "epoch", "epoch 7: zoom to Best epoch"),
    ]
    notes = (Annotation("note", "", "x", epoch=4.0), Annotation("note", "", "y", step=30))
    assert zooms(listed(notes, 60.0, "")) == [
        ("27.0", "33.0", "step", "step 30: zoom to the note"),
        ("0.0", "10.0", "epoch", "epoch 4: zoom to the note"),
    ]


def test_a_dismissed_finding_can_be_restored_and_says_who_and_why() -> None:
    said = texts(findings(FOUND, (Annotation("dismissal", "overfitting", "known", at_ms=0, author="Ada"),)))
    assert said.count("Restore") == 1
    assert "Dismissed by Ada " in said
    assert ": known" in said


def test_nothing_found_and_nothing_noted_says_little() -> None:
    assert findings(Diagnosis("too_early", "Too early.", "epoch"), ()) == []
    assert texts(listed((Annotation("dismissal", "overfitting"),), None, ""))[0].startswith("Nothing noted")


def test_the_history_says_since_when_and_what_was_before() -> None:
    changes = (
        VerdictChange(0, 1, 6, "improving", None, 7.0, "Still improving."),
        VerdictChange(60_000, 2, 7, "overfitting", 9.0, 7.0, "Overfitting from epoch 9."),
    )
    said = texts(findings(FOUND, (), changes))
    assert "Overfitting since " in said
    assert {", rules 7", "; before: still improving"} <= set(said)
    assert said.index("Overfitting from epoch 9.") < said.index("Still improving.")


def test_alerts_and_notes_come_newest_first_and_not_without_end() -> None:
    notes = [Annotation("alert", f"alert {k}", "why", 7, None, k) for k in range(MOST_NOTES + 10)]
    mine = Annotation("note", "", "halved the rate", epoch=4.0, author="Ada", number=99)
    said = texts(listed([*notes, mine], 40.0, ""))
    assert said[:3] == ["1", "Ada", "epoch 4"]  # the number of its pin on the chart first
    assert "halved the rate" in said
    assert sum(text.startswith("alert ") for text in said) == MOST_NOTES - 1
    assert any(text.startswith("step 7") for text in said)
    assert "and 11 older ones" in said
