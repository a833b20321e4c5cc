"""What may be tried about a finding: at most two things, in the order in which they mostly help."""

from __future__ import annotations

from tracker.diagnosis.advice import Words

CHECK_EVALUATION = (
    "Check the validation data and how their loss is computed: training loss was finite at the end"
)
LONGER_SCHEDULE = "Train again with a schedule that ends later: the learning rate has run out, and going on with it brings little"


def to_try(kind: str, words: Words, best: float | None = None) -> tuple[str, ...]:
    """Return at most two things to try for a finding."""
    keep = f"Keep the checkpoint of {words.at(best)} (early stopping)" if best is not None else "Stop early"
    return {
        "overfitting": (
            keep,
            "Regularise more: weight decay, dropout, augmentation, a smaller model or more data",
        ),
        "overconfident": (
            f"{keep} if you use the probabilities, or calibrate with temperature scaling",
            "Label smoothing or weight decay keep the model from growing too sure",
        ),
        "underfitting": (
            "Train a larger model or regularise less",
            "Check the learning rate, the input scaling and the labels",
        ),
        "diverged": (
            "Lower the learning rate, or warm it up and clip gradients",
            "Check the data for values that are not finite or far out of scale",
        ),
        "improving": ("Train longer", "Let the learning rate fall towards the end"),
        "healthy": (),
        "too_early": ("Validate more often, or train on",),
        "uncertain": (),
        "noisy_validation": ("Average the weights or lower the learning rate",),
        "validation_size": ("Validate on more examples, or on several folds",),
        "generalisation_gap": ("More data, augmentation or weight decay narrow it",),
        "accuracy_plateau": ("Stop here if only the decisions count, train on if you use the probabilities",),
        "at_chance": ("Check the labels and the inputs", "Try a much lower and a much higher learning rate"),
        "spike": ("Clip gradients, or look at the batch of that moment",),
        "misleading_accuracy": (
            "Choose the checkpoint by F1, balanced accuracy or AUC",
            "Weigh the classes in the loss",
        ),
        "judged_on_test": ("Set a part of the training data aside as validation set",),
    }.get(kind, ())
