"""The words that names of metrics are made of: splits, directions, axes and what is no metric at all."""

from __future__ import annotations

import re
from functools import lru_cache

from tracker.model import Goal, Split


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


SPLITS: dict[str, Split] = {
    **dict.fromkeys(("train", "training", "tr", "trn", "learn", "fit"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "eval", "evaluation", "dev", "holdout"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
ENDS_ONLY = frozenset({"tr", "trn", "learn", "fit", "dev", "holdout", "evaluation"})
"""Split words that mean something else in the middle of a name."""

LEADING = frozenset({"epoch", "batch", "metrics", "metric"})
TRAILING = frozenset({"step", "epoch", "batch", "curve", "history"})

ALIASES = {
    "acc": "accuracy",
    "accs": "accuracy",
    "accuracies": "accuracy",
    "err": "error",
    "ppl": "perplexity",
    "f1_score": "f1",
    "scores": "score",
    "losses": "loss",
}
"""One spelling for one metric, so that `train_acc` meets `val_accuracy`."""

_DOWN = _set("""loss losses error err errors nll mse mae rmse rmsle msle mape smape mase perplexity ppl wer cer ter fid kid
    logloss mlogloss merror crossentropy xent bce ce bpc bpb bpd kld kl divergence deviance hinge huber logcosh poisson
    quantile tweedie cost brier ece nloglik l1 l2 multiclass regret distance lpips""")
_UP = _set("""acc accs accuracy accuracies auc auroc aucpr auprc roc prauc f f1 f2 fbeta totalf1 precision recall iou
    miou jaccard map ap r2 bleu sacrebleu chrf rouge rougel rougelsum meteor cider spice dice score scores mcc kappa psnr ssim ndcg mrr hit
    hits top sensitivity specificity similarity correlation pearson spearman spearmanr reward return likelihood
    loglik elbo f1macro f1micro winrate rew""")
_UP_PHRASES = (("exact", "match"), ("explained", "variance"), ("win", "rate"))
_DOWN_PHRASES = (("cross", "entropy"), ("negative", "log", "likelihood"), ("neg", "log", "likelihood"))

_AXES = frozenset({"epoch", "epochs", "step", "steps", "iter", "iteration", "iterations", "commit", "round"})
_AXIS_NAME = re.compile(r"(^|/)(_?global_step|_step|_timestamp|_runtime|num_epochs|total_steps)$")
_CONTEXT = _set("""lr lrs runtime time seconds duration timestamp memory flos flops throughput momentum wd gpu cpu
    samples""")
_CONTEXT_PHRASES = (
    ("learning", "rate"),
    ("learn", "rate"),
    ("weight", "decay"),
    ("grad", "norm"),
    ("gradient", "norm"),
    ("per", "second"),
    ("per", "sec"),
    ("num", "tokens"),
    ("num", "input", "tokens"),
)
_SHARE = re.compile(r"([a-z]*acc(@?\d+)?|top_?[15])$")
"""Short names of accuracies that are not written out: `mAcc`, `acc@1`, `top5`."""
_SETTINGS = re.compile(
    r"(^|[/._\- ])(lrs?|learning[_\- ]?rate|weight[_\- ]?decay|wd|momentum)([/._\-: ]|\d*$)"
)
_PARTS = _set("""box bbox dfl obj objectness giou ciou rpn mask reg regulariser regularizer regularization aux kl kld l1 l2
    commitment perceptual adversarial adv d disc discriminator value policy entropy""")
_ONE_SIDED = _set("precision recall sensitivity specificity")
_LOSSES = ("loss", "logloss", "nll", "crossentropy", "mse", "rmse", "mae")


@lru_cache(maxsize=65_536)
def goal_of(words: tuple[str, ...]) -> Goal | None:
    """Return the better direction of a metric by its words; None when they do not say."""
    for phrase in _DOWN_PHRASES:
        if _holds(words, phrase):
            return "min"
    for phrase in _UP_PHRASES:
        if _holds(words, phrase):
            return "max"
    negated = bool(words) and words[0] in ("neg", "negative") and len(words) > 1
    # The last telling word is the noun: `dice_loss` is a loss, `error_score` a score.
    for word in reversed(words):
        bare = word.split("@")[0]
        stem = re.sub(r"\d+$", "", bare)
        if bare in _DOWN or (stem in _DOWN and stem not in ("l", "ce")):
            return "max" if negated else "min"
        if bare in _UP or (stem in _UP and len(stem) > 1):
            return "min" if negated else "max"
        if re.fullmatch(r"(mean|sparse|binary|categorical)?.*(loss|crossentropy|logloss)", bare):
            return "max" if negated else "min"
        if re.fullmatch(r".+(accuracy|acc|score)", bare):
            return "min" if negated else "max"
    return None


@lru_cache(maxsize=65_536)
def is_context(words: tuple[str, ...], raw: str) -> bool:
    """Tell whether a name is an axis, a clock, a setting or a gradient norm: not a measure of the model."""
    if _AXIS_NAME.search(raw.lower()):
        return True
    if len(words) == 1 and words[0] in _AXES:
        return True
    if any(word in _CONTEXT for word in words):
        return goal_of(words) is None or words[0] in ("lr", "lrs")
    return any(_holds(words, phrase) for phrase in _CONTEXT_PHRASES)


def is_axis(raw: str) -> bool:
    """Tell whether a name counts how far a run has come: an epoch, a step, an iteration."""
    low = raw.lower()
    return _AXIS_NAME.search(low) is not None or low.rsplit("/", 1)[-1] in _AXES


def is_setting(raw: str) -> bool:
    """Tell whether a name is a setting that changes while a run trains: the learning rate, weight decay, momentum."""
    return _SETTINGS.search(raw.lower()) is not None


def is_accuracy(metric: str) -> bool:
    """Tell whether a metric is an accuracy in the narrow sense: the share of right decisions."""
    return "accuracy" in metric or "acc" in metric.split("_") or re.match(r"acc\d+$", metric) is not None


def percent_scale(metric: str, low: float, high: float) -> int:
    """Return what a run's values of a metric are multiplied by to be percent; 0 for those that are no share.

    Args:
        metric: what was measured.
        low: the lowest finite value of all the run's series that are held against each other, as train and validation.
        high: the highest one; shares of one end at 1, and a rounded share of a hundred just above 100.
    """
    if low < 0 or high > 100.5 or not (is_accuracy(metric) or _SHARE.match(metric)):
        return 0
    return round(100 / all_right(high))


def all_right(highest: float) -> float:
    """Return the value of all right answers, 1 or 100, by the highest that was logged.

    A mean of float32 shares can come out a little above 1; percent are not all that small.
    """
    return 1.0 if highest <= 1.0001 else 100.0


def loss_rank(metric: str) -> int:
    """Return how near a metric is to what was trained on, 0 nearest: `loss`, `total_loss`, other losses, errors.

    Of losses that are summed to a total that was not logged, what a model says of classes stands before its parts for
    places, regularisers and adversaries (`cls_loss` before `box_loss`): it is the one that overfits.
    """
    if metric == "loss":
        return 0
    if metric in ("total_loss", "loss_total"):
        return 1
    words = metric.split("_")
    if "loss" in words:
        return 3 if any(word in _PARTS for word in words) else 2
    for rank, stem in enumerate(_LOSSES):
        if any(word.endswith(stem) for word in words):
            return 4 + rank
    return 20 if goal_of(tuple(words)) == "min" and "error" in metric else 15


def score_rank(metric: str) -> int:
    """Return how well a metric of which more is better sums a model up: accuracies, other scores, one-sided ones.

    Precision rises at the cost of recall and sensitivity at that of specificity, so that either alone says little.
    """
    if is_accuracy(metric):
        return 0
    return 2 if any(word in _ONE_SIDED for word in metric.split("_")) else 1


def _holds(words: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    width = len(phrase)
    return any(words[i : i + width] == phrase for i in range(len(words) - width + 1))
