"""What real frameworks call their metrics, read as a whole run's worth of names, since siblings decide."""

from __future__ import annotations

import pytest

from tracker.curves.names import is_metric, main_accuracy, main_loss, pairs, parse, resolve
from tracker.model import MetricDefinition

# framework, names of one run in the order of their first log, what each must be read as: (metric, split, goal, dataset)
RUNS = [
    (
        "keras",
        {
            "loss": ("loss", "train", "min", ""),
            "accuracy": ("accuracy", "train", "max", ""),
            "val_loss": ("loss", "val", "min", ""),
            "val_accuracy": ("accuracy", "val", "max", ""),
            "learning_rate": ("learning_rate", None, None, ""),
            "lr": ("lr", None, None, ""),
        },
    ),
    (
        "keras with compiled metrics",
        {
            "loss": ("loss", "train", "min", ""),
            "sparse_categorical_accuracy": ("sparse_categorical_accuracy", "train", "max", ""),
            "mean_absolute_error": ("mean_absolute_error", "train", "min", ""),
            "cosine_similarity": ("cosine_similarity", "train", "max", ""),
            "val_loss": ("loss", "val", "min", ""),
            "val_sparse_categorical_accuracy": ("sparse_categorical_accuracy", "val", "max", ""),
            "val_mean_absolute_error": ("mean_absolute_error", "val", "min", ""),
            "val_cosine_similarity": ("cosine_similarity", "val", "max", ""),
        },
    ),
    (
        "keras with two outputs",
        {
            "digit_loss": ("digit_loss", "train", "min", ""),
            "val_digit_loss": ("digit_loss", "val", "min", ""),
            "loss": ("loss", "train", "min", ""),
            "val_loss": ("loss", "val", "min", ""),
            "digit_acc": ("digit_acc", "train", "max", ""),
            "val_digit_acc": ("digit_acc", "val", "max", ""),
        },
    ),
    (
        "lightning",
        {
            "epoch": ("epoch", None, None, ""),
            "train_loss_step": ("loss", "train", "min", ""),
            "train_loss_epoch": ("loss", "train", "min", ""),
            "val_loss": ("loss", "val", "min", ""),
            "val_acc": ("accuracy", "val", "max", ""),
            "lr-Adam": ("lr_adam", None, None, ""),
        },
    ),
    (
        "lightning with two loaders",
        {
            "train/loss": ("loss", "train", "min", ""),
            "val_loss/dataloader_idx_0": ("loss", "val", "min", "0"),
            "val_loss/dataloader_idx_1": ("loss", "val", "min", "1"),
            "val/f1/dataloader_idx_0": ("f1", "val", "max", "0"),
        },
    ),
    (
        "hugging face log_history",
        {
            "loss": ("loss", "train", "min", ""),
            "grad_norm": ("grad_norm", None, None, ""),
            "learning_rate": ("learning_rate", None, None, ""),
            "epoch": ("epoch", None, None, ""),
            "step": ("step", None, None, ""),
            "eval_loss": ("loss", "val", "min", ""),
            "eval_accuracy": ("accuracy", "val", "max", ""),
            "eval_f1": ("f1", "val", "max", ""),
            "eval_wer": ("wer", "val", "min", ""),
            "eval_runtime": ("eval_runtime", None, None, ""),
            "eval_samples_per_second": ("eval_samples_per_second", None, None, ""),
            "train_loss": ("loss", "train", "min", ""),
            "train_runtime": ("train_runtime", None, None, ""),
            "total_flos": ("total_flos", None, None, ""),
        },
    ),
    (
        "hugging face as reported to a tracker",
        {
            "train/loss": ("loss", "train", "min", ""),
            "train/grad_norm": ("train_grad_norm", None, None, ""),
            "train/learning_rate": ("train_learning_rate", None, None, ""),
            "train/global_step": ("train_global", None, None, ""),
            "eval/loss": ("loss", "val", "min", ""),
            "eval/bleu": ("bleu", "val", "max", ""),
            "eval/rougeL": ("rougel", "val", "max", ""),
            "train/train_loss": ("loss", "train", "min", ""),
        },
    ),
    (
        "hugging face with named sets",
        {
            "loss": ("loss", "train", "min", ""),
            "eval_mnli_loss": ("loss", "val", "min", "mnli"),
            "eval_sst2_loss": ("loss", "val", "min", "sst2"),
        },
    ),
    (
        "fastai",
        {
            "epoch": ("epoch", None, None, ""),
            "train_loss": ("loss", "train", "min", ""),
            "valid_loss": ("loss", "val", "min", ""),
            "accuracy": ("accuracy", "val", "max", ""),
            "error_rate": ("error_rate", "val", "min", ""),
            "dice": ("dice", "val", "max", ""),
            "time": ("time", None, None, ""),
        },
    ),
    (
        "xgboost sklearn, two sets",
        {
            "validation_0-logloss": ("logloss", "train", "min", ""),
            "validation_1-logloss": ("logloss", "val", "min", "1"),
            "validation_0-auc": ("auc", "train", "max", ""),
            "validation_1-auc": ("auc", "val", "max", "1"),
        },
    ),
    ("xgboost sklearn, one set", {"validation_0-rmse": ("rmse", "val", "min", "0")}),
    (
        "xgboost native",
        {
            "train-mlogloss": ("mlogloss", "train", "min", ""),
            "eval-mlogloss": ("mlogloss", "val", "min", ""),
            "train-merror": ("merror", "train", "min", ""),
            "eval-merror": ("merror", "val", "min", ""),
            "eval-error@0.7": ("error@0_7", "val", "min", ""),
        },
    ),
    (
        "lightgbm",
        {
            "training/binary_logloss": ("binary_logloss", "train", "min", ""),
            "valid_0/binary_logloss": ("binary_logloss", "val", "min", "0"),
            "valid_1/binary_logloss": ("binary_logloss", "val", "min", "1"),
            "training/l2": ("l2", "train", "min", ""),
            "valid_0/l2": ("l2", "val", "min", "0"),
            "valid_0's auc": ("auc", "val", "max", "0"),
            "training's auc": ("auc", "train", "max", ""),
        },
    ),
    (
        "catboost",
        {
            "learn:Logloss": ("logloss", "train", "min", ""),
            "validation:Logloss": ("logloss", "val", "min", ""),
            "learn:RMSE": ("rmse", "train", "min", ""),
            "validation:RMSE": ("rmse", "val", "min", ""),
            "validation:AUC": ("auc", "val", "max", ""),
            "learn:MultiClass": ("multiclass", "train", "min", ""),
            "validation_0:MultiClass": ("multiclass", "val", "min", "0"),
        },
    ),
    (
        "ignite",
        {
            "training/batchloss": ("batchloss", "train", "min", ""),
            "training/nll": ("nll", "train", "min", ""),
            "validation/nll": ("nll", "val", "min", ""),
            "training/accuracy": ("accuracy", "train", "max", ""),
            "validation/accuracy": ("accuracy", "val", "max", ""),
        },
    ),
    (
        "tensorboard",
        {
            "Loss/train": ("loss", "train", "min", ""),
            "Loss/val": ("loss", "val", "min", ""),
            "Accuracy/train": ("accuracy", "train", "max", ""),
            "Accuracy/test": ("accuracy", "test", "max", ""),
            "Perplexity/val": ("perplexity", "val", "min", ""),
        },
    ),
    (
        "tensorboard callback of keras",
        {
            "train/epoch_loss": ("loss", "train", "min", ""),
            "validation/epoch_loss": ("loss", "val", "min", ""),
        },
    ),
    (
        "w&b callback of keras",
        {
            "epoch/loss": ("loss", "train", "min", ""),
            "epoch/val_loss": ("loss", "val", "min", ""),
            "batch/loss": ("loss", "train", "min", ""),
            "epoch/epoch": ("epoch", None, None, ""),
        },
    ),
    (
        "yolo",
        {
            "train/box_loss": ("box_loss", "train", "min", ""),
            "train/cls_loss": ("cls_loss", "train", "min", ""),
            "metrics/precision(B)": ("precision_b", "val", "max", ""),
            "metrics/recall(B)": ("recall_b", "val", "max", ""),
            "metrics/mAP50(B)": ("map50_b", "val", "max", ""),
            "metrics/mAP50-95(B)": ("map50_95_b", "val", "max", ""),
            "val/box_loss": ("box_loss", "val", "min", ""),
            "val/cls_loss": ("cls_loss", "val", "min", ""),
            "lr/pg0": ("lr_pg0", None, None, ""),
        },
    ),
    (
        "scikit-learn MLP",
        {
            "loss_curve_": ("loss", "train", "min", ""),
            "validation_scores_": ("score", "val", "max", ""),
        },
    ),
    (
        "scikit-learn HistGradientBoosting",
        {
            "train_score_": ("score", "train", "max", ""),
            "validation_score_": ("score", "val", "max", ""),
        },
    ),
    (
        "a loop of one's own",
        {
            "trainLoss": ("loss", "train", "min", ""),
            "valLoss": ("loss", "val", "min", ""),
            "ValidationLoss": ("loss", "val", "min", ""),
            "TrainingRMSE": ("rmse", "train", "min", ""),
            "testing_loss": ("loss", "test", "min", ""),
            "train_accs": ("accuracy", "train", "max", ""),
            "val_accuracies": ("accuracy", "val", "max", ""),
            "acc.train": ("accuracy", "train", "max", ""),
            "acc.dev": ("accuracy", "val", "max", ""),
            "Train Accuracy": ("accuracy", "train", "max", ""),
            "loss_holdout": ("loss", "val", "min", ""),
            "tr_mse": ("mse", "train", "min", ""),
            "test_mIoU": ("miou", "test", "max", ""),
        },
    ),
    (
        "names without a direction",
        {
            "train/temperature": ("temperature", "train", None, ""),
            "val/entropy": ("entropy", "val", None, ""),
            "gpu_memory": ("gpu_memory", None, None, ""),
            "global_step": ("global", None, None, ""),
            "commit": ("commit", None, None, ""),
        },
    ),
]
NAMES = [(f"{tool}: {raw}", names, raw, want) for tool, names in RUNS for raw, want in names.items()]


def test_table_is_large_enough() -> None:
    assert len({raw for _, _, raw, _ in NAMES}) >= 90


@pytest.mark.parametrize(("names", "raw", "want"), [row[1:] for row in NAMES], ids=[row[0] for row in NAMES])
def test_reads_a_real_name(names: dict[str, object], raw: str, want: tuple[object, ...]) -> None:
    got = resolve(names)[raw]
    assert (got.metric, got.split, got.goal, got.dataset) == want
    assert got.raw == raw


@pytest.mark.parametrize(
    ("name", "goal"),
    [
        ("val/dice_loss", "min"),
        ("val/score", "max"),
        ("neg_mean_squared_error", "max"),
        ("negative_log_likelihood", "min"),
        ("log_likelihood", "max"),
        ("val_top5_acc", "max"),
        ("eval/exact_match", "max"),
        ("R2", "max"),
        ("val_ppl", "min"),
        ("val_cross_entropy", "min"),
        ("entropy", None),
        ("beta", None),
        ("binary_crossentropy", "min"),
        ("test/fid", "min"),
        ("mean_average_precision", "max"),
    ],
)
def test_direction(name: str, goal: str | None) -> None:
    assert parse(name).goal == goal


@pytest.mark.parametrize(
    "name", ["epoch", "step", "commit", "lr", "learning_rate", "lr/group0", "train/lr", "_timestamp"]
)
def test_axes_and_settings_are_no_metrics(name: str) -> None:
    assert not is_metric(name)
    assert pairs(resolve([name, "loss"]))[0].train == "loss"


def names_of(*raw: str, counts: dict[str, int] | None = None) -> tuple[object, object]:
    pair = main_loss(pairs(resolve(raw), counts))
    assert pair is not None
    return pair.train, pair.val


def test_the_epoch_value_stands_before_the_steps() -> None:
    assert names_of("train_loss_step", "train_loss_epoch", "val_loss") == ("train_loss_epoch", "val_loss")
    assert names_of("batch/loss", "epoch/loss", "epoch/val_loss") == ("epoch/loss", "epoch/val_loss")


def test_hugging_faces_closing_point_is_not_the_curve() -> None:
    assert names_of("train_loss", "loss", "eval_loss") == ("loss", "eval_loss")
    assert names_of("train/train_loss", "train/loss", "eval/loss") == ("train/loss", "eval/loss")
    assert names_of("train/loss", "loss", "val/loss", counts={"train/loss": 1, "loss": 9}) == (
        "loss",
        "val/loss",
    )


def test_several_validation_sets_the_first_decides_unless_one_is_plainly_val() -> None:
    found = pairs(resolve(["train/loss", "eval_a_loss", "val/loss"]))
    assert found[0].val == "val/loss"
    found = pairs(resolve(["loss", "val_loss/dataloader_idx_0", "val_loss/dataloader_idx_1"]))
    assert found[0].val == "val_loss/dataloader_idx_0"
    assert found[0].val_others == ("val_loss/dataloader_idx_1",)
    found = pairs(resolve(["loss", "validation_loss", "val_loss"]))
    assert (found[0].val, found[0].val_others) == ("val_loss", ("validation_loss",))


def test_losses_come_first_then_accuracies_then_the_rest() -> None:
    found = pairs(
        resolve(["f1", "val_f1", "temperature", "acc", "val_acc", "mae", "val_mae", "loss", "val_loss"])
    )
    assert [pair.metric for pair in found] == ["loss", "accuracy", "f1", "mae", "temperature"]
    assert main_loss(found).metric == "loss"  # type: ignore[union-attr]
    assert main_accuracy(found).metric == "accuracy"  # type: ignore[union-attr]


def test_a_loss_with_validation_is_judged_before_one_without() -> None:
    assert names_of("loss", "train_rmse", "val_rmse") == ("train_rmse", "val_rmse")


def test_a_bare_loss_alone_is_shown_as_training() -> None:
    assert names_of("loss") == ("loss", None)


def test_a_definition_wins_over_the_name() -> None:
    said = {
        "score": MetricDefinition(goal="min", split="val", metric="loss"),
        "fit": MetricDefinition(split="train", metric="loss"),
    }
    read = resolve(["fit", "score"], said)
    assert (read["score"].metric, read["score"].split, read["score"].goal) == ("loss", "val", "min")
    assert names_pair(read) == ("fit", "score")


def names_pair(read: object) -> tuple[object, object]:
    pair = main_loss(pairs(read))  # type: ignore[arg-type]
    assert pair is not None
    return pair.train, pair.val


@pytest.mark.parametrize(
    "name", ["", "train", "val", "///", "loss" * 100, "üñï/loss", "0", "val__", "epoch/"]
)
def test_odd_names_are_read_without_an_error(name: str) -> None:
    assert set(resolve([name, "loss", "val_loss"])) == {name, "loss", "val_loss"}
    assert names_of(name, "loss", "val_loss") == ("loss", "val_loss")


@pytest.mark.parametrize(
    ("raw", "loss", "score"),
    [
        (
            "train/box_loss train/cls_loss metrics/precision(B) metrics/mAP50(B) val/box_loss val/cls_loss",
            "cls_loss",
            "map50_b",
        ),
        ("loss_box_reg loss_classifier val_loss_box_reg val_loss_classifier", "loss_classifier", None),
        ("train/kl_loss train/recon_loss val/kl_loss val/recon_loss", "recon_loss", None),
        ("train/d_loss train/g_loss", "g_loss", None),
        ("train/box_loss val/box_loss train/loss val/loss", "loss", None),
        ("train/cls_loss train/box_loss val/box_loss", "box_loss", None),
        ("loss val_loss precision val_precision auc val_auc", "loss", "auc"),
        ("loss val_loss recall val_recall", "loss", "recall"),
        ("loss val_loss val_f1 val_accuracy", "loss", "accuracy"),
    ],
)
def test_of_several_parts_the_telling_one_is_judged(raw, loss, score):
    found = pairs(resolve(raw.split()))
    best = main_accuracy(found)
    assert main_loss(found).metric == loss  # type: ignore[union-attr]
    assert (best.metric if best is not None else None) == score
