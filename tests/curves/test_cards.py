"""Cards: one metric's splits together, sections by prefix, nothing lost and nothing slow."""

from __future__ import annotations

import pytest

from tracker.curves.cards import METRICS, PROGRESS, SCHEDULE, TRAINING, cards
from tracker.model import MetricDefinition


def of(names, **more):
    return {card.key: card for card in cards(names, **more)}


def test_the_splits_of_a_metric_share_a_card():
    found = of(["train/loss", "val/loss", "test/loss", "train_acc", "val_acc"])
    assert dict(found["loss"].series) == {"train": "train/loss", "val": "val/loss", "test": "test/loss"}
    assert (found["loss"].goal, found["accuracy"].goal) == ("min", "max")
    assert {card.section for card in found.values()} == {METRICS}
    assert [card.title for card in found.values()] == ["loss", "accuracy"]


def test_sections_are_prefixes_and_what_is_no_measure_comes_last():
    found = cards(
        ["lr", "epoch", "grad_norm", "system/gpu.0.util", "optim/lr", "train/det/box", "val/det/box", "f1"]
    )
    assert [(card.section, card.title) for card in found] == [
        (METRICS, "f1"),
        ("system", "system/gpu.0.util"),
        ("optim", "optim/lr"),
        ("det", "det/box"),
        (SCHEDULE, "lr"),
        (TRAINING, "grad_norm"),
        (PROGRESS, "epoch"),
    ]


@pytest.mark.parametrize(
    "lr", ["lr", "learning_rate", "train/learning_rate", "lr-Adam", "lr0", "momentum", "weight_decay"]
)
def test_settings_have_a_section_of_their_own(lr):
    (card,) = cards([lr])
    assert (card.section, dict(card.series), card.goal) == (SCHEDULE, {"": lr}, None)


def test_a_split_guessed_from_other_metrics_is_not_said():
    assert dict(of(["train/loss", "val/loss", "temperature"])["temperature"].series) == {"": "temperature"}
    assert dict(of(["loss", "val_loss"])["loss"].series) == {"train": "loss", "val": "val_loss"}


def test_two_spellings_in_two_runs_meet_on_one_card():
    card = of(["val_loss", "val/loss", "loss"])["loss"]
    assert card.spellings["val"] == ("val_loss", "val/loss")
    assert card.of_run({"val/loss": 2, "loss": 1}) == {"train": 1, "val": 2}
    assert card.of_run({"other": 1}) == {}


def test_a_step_and_an_epoch_of_one_metric_are_not_mixed():
    found = of(["train_loss_step", "train_loss_epoch", "val_loss"])
    assert dict(found["loss"].series) == {"train": "train_loss_epoch", "val": "val_loss"}
    assert found["=train_loss_step"].title == "train_loss_step"


def test_a_further_validation_set_has_its_own_card():
    found = of(["train/loss", "val/loss", "val/loss/dataloader_idx_1"])
    assert found["loss@1"].title == "loss (1)"
    assert dict(found["loss@1"].series) == {"val": "val/loss/dataloader_idx_1"}


def test_what_is_shown_elsewhere_is_left_out_unless_the_card_holds_more():
    names = ["train/loss", "val/loss", "train/f1", "val/f1", "test/f1"]
    assert list(of(names, without=["train/loss", "val/loss", "train/f1", "val/f1"])) == ["f1"]


def test_a_definition_wins():
    found = of(
        ["a", "b"],
        definitions={
            "a": MetricDefinition("min", "train", "wer"),
            "b": MetricDefinition("min", "val", "wer"),
        },
    )
    assert dict(found["wer"].series) == {"train": "a", "val": "b"}
    assert found["wer"].goal == "min"


def test_every_name_is_on_one_card():
    names = [
        "",
        "/",
        "val",
        "train/",
        "..",
        "loss",
        "Loss",
        "LOSS",
        "val/loss",
        "val.loss",
        "é/ü",
        "a/b/c",
        "lr/a",
        "lr_a",
        "=",
    ]
    names += [
        f"layer{i}/{kind}" for i in range(60) for kind in ("grad_norm", "weight", "train/loss", "val/loss")
    ]
    made = cards(names)
    assert sorted(name for card in made for name in card.names) == sorted(names)
    assert len({card.key for card in made}) == len(made)
    assert all(card.title.strip() or not card.names[0].strip() for card in made)


def test_no_names_no_cards():
    assert cards([]) == ()
