"""Every word that a diagnosis says. The rules hand over numbers; the same numbers give the same words."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tracker.model import Axis

_PERCENT = "\u202f%"
"""A narrow no-break space keeps the sign with its number."""

LEAST_SAID = 0.005
"""A share below half a percent would be said as 0 %."""

_ACRONYMS = frozenset(
    {"auc", "auroc", "f1", "mse", "rmse", "mae", "mape", "nll", "wer", "cer", "fid", "kid", "kl", "map"}
)
_ACRONYMS |= frozenset(
    {"iou", "miou", "r2", "bleu", "mcc", "elbo", "bce", "ce", "ssim", "psnr", "ndcg", "mrr"}
)
_DECISIONS = frozenset(
    {"accuracy", "acc", "f1", "auc", "auroc", "precision", "recall", "mcc", "kappa", "roc", "top"}
)
_AREAS = frozenset({"auc", "auroc", "roc"})


@dataclass(frozen=True, slots=True)
class Words:
    """How this run's things are called: its axis, its metrics and the set that it was judged on."""

    axis: Axis = "epoch"
    loss: str = "loss"
    accuracy: str = "accuracy"
    held_out: str = "validation"
    accuracy_is_share: bool = False
    """The accuracy is a share of right answers, 0 to 1 or 0 to 100, and is spoken of in percent."""
    all_right: float = 0.0
    """The judged metric is an accuracy for want of a loss: 1 or 100, its value when all answers are right; else 0."""
    loss_is_score: bool = False
    """No loss was logged: a score, where up is better, is judged in its place."""

    def at(self, x: float) -> str:
        """Return "epoch 11" or "step 400"."""
        return f"{self.axis} {place(x)}"

    @property
    def val_loss(self) -> str:
        """The judged curve."""
        return f"{self.held_out} {spoken(self.loss)}".lstrip()

    @property
    def train_loss(self) -> str:
        """Its training partner."""
        return f"training {spoken(self.loss)}"

    @property
    def val_accuracy(self) -> str:
        """The accuracy beside it."""
        return f"{self.held_out} {spoken(self.accuracy)}"

    @property
    def decides(self) -> bool:
        """The accuracy counts decisions among classes, so that the model gives them probabilities."""
        return self.accuracy_is_share or not _DECISIONS.isdisjoint(self.accuracy.split("_"))

    @property
    def counts_decisions(self) -> bool:
        """The accuracy counts answers at one threshold; an area under a curve ranks over all of them."""
        return self.decides and _AREAS.isdisjoint(self.accuracy.split("_"))

    @property
    def is_reward(self) -> bool:
        """An agent's reward is judged, logged on neither set."""
        return not self.held_out

    @property
    def worse(self) -> str:
        """What the judged curve does when things go wrong."""
        return "fell" if self.loss_is_score else "rose"

    @property
    def better(self) -> str:
        """What the judged curve does when things go well."""
        return "rising" if self.loss_is_score else "falling"


def spoken(metric: str) -> str:
    """Return a metric's name as it is said in a sentence."""
    return " ".join(word.upper() if word in _ACRONYMS else word for word in metric.split("_"))


def place(x: float) -> str:
    """Return a place on the axis without needless digits."""
    return f"{x:.0f}" if float(x).is_integer() and abs(x) < 1e15 else f"{x:.4g}"


def begin(text: str) -> str:
    """Return a text with its first letter large, the rest as it is: AUC stays AUC."""
    return text[:1].upper() + text[1:]


def number(value: float) -> str:
    """Return a value with four significant digits at most, 330000 rather than 3.3e+05, and no sign before a zero."""
    return f"{float(f'{value:.4g}') + 0.0:.6g}" if abs(value) < 1e6 else f"{value:.4g}"


def measured(mean: float, deviation: float) -> str:
    """Return a mean with its standard deviation, both to the second digit of the deviation: "0.45 ± 0.15"."""
    if not 0 < deviation < math.inf or not math.isfinite(mean):
        return f"{number(mean)} ± {number(deviation)}"
    coarse = float(f"{deviation:.1e}")
    digits = 1 - math.floor(math.log10(coarse))
    if not -5 <= digits <= 8:
        return f"{number(mean)} ± {number(coarse)}"
    fixed = max(0, digits)
    return f"{round(mean, digits) + 0.0:.{fixed}f} ± {coarse:.{fixed}f}"


def percent(share: float, digits: int = 0) -> str:
    """Return a share as "28 %", with a narrow no-break space."""
    return f"{100 * share:,.{digits}f}".replace(",", "\u202f") + _PERCENT


def value(words: Words, loss: float) -> str:
    """Return a value of the judged curve: an accuracy judged for want of a loss as "75.0 %", else a number."""
    return percent(loss / words.all_right, 1) if words.all_right else number(loss)


def change(words: Words, size: float) -> str:
    """Return a change of the judged curve: "1.3 points" of an accuracy, else a number."""
    return f"{100 * size / words.all_right:.1f} points" if words.all_right else number(size)


def level(words: Words, accuracy: float, full: float) -> str:
    """Return an accuracy as "75.0 %", another metric as its value; `full` is 1 or 100, the value of all right."""
    return percent(accuracy / full, 1) if words.accuracy_is_share else number(accuracy)


def points(words: Words, change: float, full: float) -> str:
    """Return a change of an accuracy as "1.3 points", of another metric as "by 0.02"."""
    return f"{100 * change / full:.1f} points" if words.accuracy_is_share else f"by {number(change)}"


def amount(words: Words, share: float | None, size: float) -> str:
    """Return by how much a curve changed: in percent while that says something, else in its own unit."""
    if share is None:
        return f"by {change(words, size)}"
    return percent(share) if share < 10 else f"to {number(1 + share)} times its best"


def set_size(words: Words, size: int, read: bool) -> str:
    """Return how large the validation set is, and that it was not given but read from the accuracy."""
    if read:
        return f"about {size} {words.held_out} examples (read from the steps of the accuracy)"
    return f"{size} {words.held_out} examples"


# ----------------------------------------------------------------------------------------------------------- sentences


def overfitting(
    words: Words, onset: float, best: float, share: float | None, rise: float, slipped: str | None
) -> str:
    """Say that validation loss rises for good; `slipped` tells by how much accuracy fell, None when not logged."""
    fact = (
        f"Overfitting from {words.at(onset)}: {words.val_loss} {words.worse} {amount(words, share, rise)} while "
        f"{words.train_loss} kept {words.better}"
    )
    if slipped is not None:
        fact += f", and {words.val_accuracy} slipped {slipped}"
    return f"{fact}. Best checkpoint: {words.at(best)}."


def overconfident(words: Words, onset: float, share: float | None, rise: float, held: str) -> str:
    """Say that validation loss rises for good while accuracy holds."""
    return (
        f"Overfitting from {words.at(onset)}: {words.val_loss} {words.worse} {amount(words, share, rise)} while "
        f"{words.train_loss} kept {words.better}. {begin(words.val_accuracy)} held at {held}, so the model is "
        + (
            "becoming overconfident rather than worse at ranking classes."
            if words.decides
            else "becoming surer of its mistakes rather than worse by this measure."
        )
    )


def not_finite(words: Words, at: float, which: str, what: str, ever: bool) -> str:
    """Say since when a curve is NaN or infinite; `which` is the curve, `what` the value; `ever` it was neither."""
    course = f"became {what} and did not recover" if ever else f"was {what} from the first value on"
    return f"Diverged at {words.at(at)}: {which} {course}."


def exploded(words: Words, at: float, which: str, times: float | None, end: float) -> str:
    """Say since when a curve left its start behind in the wrong direction."""
    if words.loss_is_score:
        grew = f"fell to {value(words, end)}"
    else:
        grew = (
            f"grew to {number(times)} times its best value" if times is not None else f"grew to {number(end)}"
        )
    return f"Diverged from {words.at(at)}: {which} {grew} and ended worse than it began."


def too_early(words: Words, count: int, needed: int) -> str:
    """Say that there are too few points."""
    if count == 0:
        return f"Too early to tell: no finite {words.val_loss} yet."
    noun = "point" if count == 1 else "points"
    return f"Too early to tell: {count} {noun} of {words.val_loss}, at least {needed} are needed."


def flat(words: Words, since: float, in_noise: bool) -> str:
    """Say since when a curve is flat; `in_noise` is False where it moved a little, and by more than its noise."""
    return f"is {'flat within noise' if in_noise else 'almost flat'} since {words.at(since)}"


def healthy(
    words: Words, flat_since: float | None, gap: float | None, end: float, in_noise: bool = True
) -> str:
    """Say that training went well: where it settled and how far train and validation are apart."""
    settled = (
        f"{words.val_loss} {flat(words, flat_since, in_noise)}"
        if flat_since is not None
        else f"{words.val_loss} settled near {value(words, end)}"
    )
    if gap is None:
        return f"Healthy: {settled}."
    side = "above" if gap >= 0 else "below"
    return f"Healthy: {settled}, {change(words, abs(gap))} {side} {words.train_loss}."


def improving(words: Words, since: float, share: float | None, size: float) -> str:
    """Say that validation is still getting better."""
    verb = "rose" if words.loss_is_score else "fell"
    amount = percent(share, 1 if share < 0.1 else 0) if share is not None else f"by {change(words, size)}"
    return (
        f"Still improving: {words.val_loss} {verb} {amount} since {words.at(since)} and has not levelled off."
    )


def underfitting(words: Words, train_share: float | None, val_share: float, end: float) -> str:
    """Say that little was learnt; shares are of the start."""
    val = f"improved only {percent(val_share)}" if val_share >= LEAST_SAID else "did not improve"
    if train_share is None:
        return f"Underfitting: {words.val_loss} {val} from its start and ended at {value(words, end)}."
    if max(train_share, val_share) < LEAST_SAID:
        return (
            f"Underfitting: neither {words.train_loss} nor {words.val_loss} improved from the start; the latter ended at "
            f"{value(words, end)}."
        )
    train = f"improved only {percent(train_share)}" if train_share >= LEAST_SAID else "did not improve"
    return f"Underfitting: {words.train_loss} {train} and {words.val_loss} {val} from the start, to {value(words, end)}."


def at_chance(words: Words, end: float, chance: float) -> str:
    """Say that the model is no better than one that always gives the class shares."""
    return (
        f"Underfitting: {words.val_loss} ended at {value(words, end)}, no better than {number(chance)}, what the class "
        "shares alone give."
    )


def small_rise(words: Words, since: float, share: float | None, rise: float, of_drop: float) -> str:
    """Say that a rise is small against what was gained, and that more training would settle it."""
    fact = f"Uncertain: {words.val_loss} {words.worse} {amount(words, share, rise)} after {words.at(since)}"
    if of_drop < LEAST_SAID:
        return f"{fact}, but that is nothing beside the fall from its first value: judge it without the first {words.axis}s."
    return f"{fact}, {percent(of_drop)} of all that it had gained: not enough to call it overfitting. Longer training would tell."


def all_zero(words: Words) -> str:
    """Say that a curve has only zeros, which no training ends in from its start."""
    return f"Uncertain: {words.val_loss} was 0 all the time, so nothing can be told. Check what is logged under this name."


def no_trend(words: Words, since: float, share: float | None, rise: float) -> str:
    """Say that a curve is above its best without a steady rise."""
    return (
        f"Uncertain: {words.val_loss} {words.worse} {amount(words, share, rise)} after {words.at(since)}, but without a "
        "steady trend. Longer training would tell whether it settles."
    )


def within_noise(words: Words, since: float, share: float | None, rise: float, few: int | None) -> str:
    """Say that a curve ends above its best by no more than its noise could do; `few` points show no noise."""
    fact = f"Uncertain: {words.val_loss} {words.worse} {amount(words, share, rise)} after {words.at(since)}"
    if few is not None:
        return f"{fact}, but {few} points are too few to tell a rise from noise. Longer training would tell."
    larger = "A mean over more episodes" if words.is_reward else f"A larger {words.held_out} set"
    return (
        f"{fact}, no more than its noise from one {words.axis} to the next explains. {larger} or longer training would "
        "tell."
    )


def grey_rise(
    words: Words,
    since: float,
    share: float | None,
    rise: float,
    wrong: int | None,
    size: int | None,
    read: bool = False,
) -> str:
    """Say that a rise is too small to be sure of; `read` where the set's size was read from the accuracy."""
    fact = f"Uncertain: {words.val_loss} {words.worse} {amount(words, share, rise)} after {words.at(since)}"
    if size is None:
        return f"{fact}, which is too small to be sure of without knowing the size of the {words.held_out} set (n_val)."
    examples = set_size(words, size, read)
    if wrong is not None:
        answers = "answer" if wrong == 1 else "answers"
        return f"{fact}, but that rests on {wrong} wrong {answers} among {examples}: a larger set would settle it."
    return f"{fact}, which {examples} are too few to be sure of."


def no_transfer(words: Words, train_gain: float, val_gain: float) -> str:
    """Say that only the training set is learnt."""
    held = f"improved only {percent(val_gain)}" if val_gain >= LEAST_SAID else "did not improve"
    return (
        f"Uncertain: {words.train_loss} improved {percent(train_gain)} while {words.val_loss} {held}, so what is "
        f"learnt does not carry over to the {words.held_out} set. Check that both sets are alike and labelled alike."
    )


def accuracy_fell(words: Words, since: float, fell: str, end: str) -> str:
    """Say that accuracy got worse where the loss tells of nothing."""
    return (
        f"Uncertain: {words.val_accuracy} fell {fell} after {words.at(since)}, to {end}, while {words.val_loss} ended near "
        "its best, so one of the two does not tell how good the model is. Check how both are computed."
    )


def rise_without_train(words: Words, since: float, share: float | None, rise: float) -> str:
    """Say that validation got worse and that its cause cannot be told."""
    fact = f"Uncertain: {words.val_loss} {words.worse} {amount(words, share, rise)} after {words.at(since)}"
    if words.is_reward:
        return f"{fact}. {ELSEWHERE}"
    return f"{fact}, but no {words.train_loss} was logged beside it, so overfitting cannot be told from a training that went wrong."


def both_rise(words: Words, since: float, share: float | None, rise: float) -> str:
    """Say that validation got worse together with training."""
    return (
        f"Uncertain: {words.val_loss} {words.worse} {amount(words, share, rise)} after {words.at(since)}, but "
        f"{words.train_loss} did not keep {words.better}, so this is not overfitting: the training itself got worse."
    )


def too_noisy(words: Words, share: float) -> str:
    """Say that the noise hides the trend."""
    return (
        f"Uncertain: {words.val_loss} jumps by {percent(share)} of what it gained from one {words.axis} to the next, "
        "too much to tell a trend."
    )


ELSEWHERE = "Whether the agent generalises shows only where it was not trained: log its reward there as well."
NO_METRIC = (
    "Uncertain: no loss or score with a known direction was logged. Name it like train/loss and val/loss, or say "
    'tracker.define_metric(NAME, goal="min").'
)
NOTHING = "Too early to tell: nothing was logged yet."
