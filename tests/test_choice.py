"""Several losses or validation sets in one history: which one is judged is said, and another one can be chosen."""

from __future__ import annotations

import pytest

from tracker import reader
from tracker.errors import BadInput

N = 24
FALLS = [1 / (i + 1) for i in range(N)]
RISES = [1 / (i + 1) + max(0, i - 8) * 0.05 for i in range(N)]
LOSSES = {"loss_cls": FALLS, "val_loss_cls": FALLS, "loss_box": FALLS, "val_loss_box": RISES}
SETS = {
    "loss": FALLS,
    "val_loss/dataloader_idx_0": FALLS,
    "val_loss/dataloader_idx_1": RISES,
    "accuracy": FALLS[::-1],
    "val_accuracy": FALLS[::-1],
}
NAMED = {"loss": FALLS, "val_loss": FALLS, "val_mnli_loss": RISES}


def test_one_pair_needs_no_word() -> None:
    assert not reader.diagnose({"loss": FALLS, "val_loss": FALLS, "val_accuracy": FALLS}).found("judged_pair")


def test_the_pair_that_was_judged_is_named_with_the_others() -> None:
    (told,) = [f for f in reader.diagnose(LOSSES).findings if f.kind == "judged_pair"]
    assert told.fact == (
        "Judged: loss_cls with val_loss_cls. Not judged: loss_box; pair='loss_box' (on a command line --pair) judges "
        "another one."
    )


@pytest.mark.parametrize("wanted", ["loss_box", "box_loss", "val_loss_box", "val/loss_box"])
def test_another_loss_is_chosen(wanted: str) -> None:
    d = reader.diagnose(LOSSES, pair=wanted)
    assert d.loss == ("loss_box", "val_loss_box")
    assert d.overfitting
    assert not d.found("judged_pair")


@pytest.mark.parametrize("wanted", ["1", "val_loss/dataloader_idx_1"])
def test_another_validation_set_is_chosen(wanted: str) -> None:
    usual = reader.diagnose(SETS)
    assert usual.loss == ("loss", "val_loss/dataloader_idx_0")
    assert "Not judged: val_loss/dataloader_idx_1;" in usual.findings[-1].fact
    d = reader.diagnose(SETS, pair=wanted)
    assert d.loss == ("loss", "val_loss/dataloader_idx_1")
    assert d.overfitting


@pytest.mark.parametrize("wanted", ["mnli", "mnli_loss", "val_mnli_loss"])
def test_a_set_with_a_name_of_its_own_is_held_against_the_same_training_loss(wanted: str) -> None:
    assert reader.diagnose(NAMED).loss == ("loss", "val_loss")
    d = reader.diagnose(NAMED, pair=wanted)
    assert d.loss == ("loss", "val_mnli_loss")
    assert d.overfitting


def test_an_accuracy_can_be_judged_instead() -> None:
    d = reader.diagnose(SETS, pair="accuracy")
    assert (d.loss, d.accuracy) == ((None, None), ("accuracy", "val_accuracy"))


def test_a_pair_that_is_not_there_lists_those_that_are() -> None:
    with pytest.raises(BadInput, match="no pair 'rpn' to judge: choose among loss_cls, loss_box"):
        reader.diagnose(LOSSES, pair="rpn")
    with pytest.raises(BadInput, match="among loss, accuracy, val_loss/dataloader_idx_1"):
        reader.diagnose(SETS, pair="7")
