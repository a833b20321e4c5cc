"""Every word of what is said beside the verdict. As in `advice.py`, the same numbers give the same words."""

from __future__ import annotations

from tracker.diagnosis.advice import Words, begin, change, number, percent, place, set_size, spoken, value


def after(words: Words, distance: float) -> str:
    """Return a stretch of the axis as "12 epochs" or "1 step"."""
    return f"{place(distance)} {words.axis if distance == 1 else words.axis + 's'}"


def more(words: Words, distance: float) -> str:
    """Return a stretch yet to come as "12 more epochs"."""
    return f"{place(distance)} more {words.axis if distance == 1 else words.axis + 's'}"


# ------------------------------------------------------------------------------------------------------ the best epochs


def best_epoch(words: Words, loss_at: float, loss: float, acc_at: float | None, accuracy: str | None) -> str:
    """Say which checkpoint to keep by loss and by accuracy."""
    fact = f"Best {words.val_loss} {value(words, loss)} at {words.at(loss_at)}"
    if acc_at is None or accuracy is None:
        return f"{fact}."
    return f"{fact}; best {words.val_accuracy} {accuracy} at {words.at(acc_at)}."


def conflict(words: Words, loss_at: float, acc_at: float) -> str:
    """Say that loss and accuracy disagree about the best checkpoint, and which to take for what."""
    apart = (
        f"Best by {spoken(words.loss)} and best by {spoken(words.accuracy)} are {after(words, abs(acc_at - loss_at))} "
        "apart."
    )
    if not words.counts_decisions:
        return f"{apart} Take {words.at(acc_at)} if {spoken(words.accuracy)} is what counts, else {words.at(loss_at)}."
    return f"{apart} Take {words.at(loss_at)} if you use the probabilities, {words.at(acc_at)} if only the decisions count."


# ------------------------------------------------------------------------------------------------- where the run stands


def plateau(words: Words, since: float, in_noise: bool) -> str:
    """Say since when nothing moves, or next to nothing where it is more than noise."""
    moved = "not moved beyond its noise" if in_noise else "hardly moved"
    return f"{begin(words.val_loss)} has {moved} since {words.at(since)}."


def accuracy_plateau(words: Words, since: float, held: str, share: float, in_training: bool) -> str:
    """Say that accuracy stands still while a loss still falls, on validation or in training alone."""
    stays = f"{begin(words.val_accuracy)} has stayed near {held} since {words.at(since)}"
    if in_training:
        return (
            f"{stays} while only {words.train_loss} fell, another {percent(share)}: what the model still learns does not "
            "change its answers."
        )
    return f"{stays} while {words.val_loss} fell another {percent(share)}: the model grows surer of the same answers."


def forecast(words: Words, distance: float, likely: float, most: float) -> str:
    """Say what more training would bring: changes of the loss, both positive."""
    better = "higher" if words.loss_is_score else "lower"
    far, near = (_rough_change(words, size) for size in (most, likely))
    about = (
        f"; {near} is more likely, as the pace usually falls"
        if near != far
        else ", if the pace does not fall"
    )
    return (
        f"At its present pace {words.val_loss} would be {far} {better} after {more(words, distance)}{about}, "
        "and less still if it levels off or overfits."
    )


def gap(words: Words, size: float, share: float, grown: bool) -> str:
    """Say that training is far ahead of validation, in words that do not call it overfitting."""
    above = "below" if words.loss_is_score else "above"
    of_gain = "more than all that it gained" if share >= 1 else f"{percent(share)} of what it gained"
    then = "and the gap is still growing" if grown else "but the gap has stopped growing"
    return f"{begin(words.val_loss)} ended {change(words, abs(size))} {above} {words.train_loss}, {of_gain}, {then}."


# --------------------------------------------------------------------------------------------------- the validation set


def noisy(words: Words, share: float, size: int | None, read: bool) -> str:
    """Say how noisy validation is."""
    of = f" on {set_size(words, size, read)}" if size is not None else ""
    by = f"{percent(share)} of all that it gained" if share < 1 else "more than all that it gained"
    return f"{begin(words.val_loss)}{of} is noisy: from one {words.axis} to the next it jumps by {by}."


def larger_set(words: Words, times: int, needed: int | None) -> str:
    """Return the advice to validate on more examples; both sizes are rounded, and lower bounds."""
    what = "Take each reward over more episodes" if words.is_reward else "Validate on more examples"
    size = f"about {needed} or more" if needed is not None else f"about {times} times as many or more"
    return f"{what}: {size} to tell changes of 5\u202f% (noise falls with the root of their number)"


def settled_by(words: Words, needed: int, known: bool) -> str:
    """Say on how many examples the same rise would be called overfitting."""
    return (
        f"The same rise on about {needed} {words.held_out} examples would be called overfitting."
        if known
        else f"If the {words.held_out} set holds about {needed} examples or more, this rise is overfitting."
    )


def val_better(words: Words, size: float, cause: str) -> str:
    """Say that validation is better than training and what the course of the gap suggests."""
    fact = f"{begin(words.val_loss)} is better than {words.train_loss} by {change(words, abs(size))}"
    return {
        "grows": f"{fact}, and the gap grew as the model learnt: dropout or augmentation in training do this.",
        "shrinks": (
            f"{fact}, from the start on and less so later: an easier {words.held_out} set does this, or one that "
            "shares examples with the training set, and so may dropout or augmentation in training."
        ),
        "constant": (
            f"{fact}, by about as much all the time: dropout or augmentation in training do this, and so does an "
            f"easier or a leaking {words.held_out} set."
        ),
        "running_mean": (
            f"{fact}, no more than half of an {words.axis}'s progress: {words.train_loss} is a mean over the "
            f"{words.axis}, validation comes after it."
        ),
    }[cause]


# ------------------------------------------------------------------------------------------------------- single moments


def spike(words: Words, at: float, which: str, times: float, count: int, rate: str) -> str:
    """Say where a point stands out, how many others do, and what the learning rate did."""
    size = f"{rough(times)} times its usual noise" if times <= 100 else "over 100 times its usual noise"
    if count > 1:
        return f"{begin(which)} has {count} spikes, the highest at {words.at(at)}, {size}{rate}."
    return f"{begin(which)} has a spike at {words.at(at)}, {size}{rate}."


def at_restart(before: float, after_it: float) -> str:
    """Return the end of a sentence: the learning rate had just been raised."""
    return f", right after the learning rate rose from {number(before)} to {number(after_it)}"


def at_highest(value: float) -> str:
    """Return the end of a sentence: the learning rate was at its highest."""
    return f", while the learning rate was at its highest, {number(value)}"


def rate_changed(words: Words, at: float, before: float, after_it: float, moved: float | None) -> str:
    """Say that the learning rate fell or rose at one point, and by what share the loss then changed."""
    verb = "fell" if after_it < before else "was raised again"
    fact = f"The learning rate {verb} from {number(before)} to {number(after_it)} at {words.at(at)}"
    if moved is None:
        return f"{fact}."
    went = "lower" if moved < 0 else "higher"
    return f"{fact}; {words.val_loss} was {percent(abs(moved))} {went} soon after."


def rate_changed_often(words: Words, count: int, first: float, last: float, fell: bool) -> str:
    """Say that the learning rate fell, or was raised, in many steps."""
    did = "fell" if fell else "was raised again"
    return f"The learning rate {did} {count} times between {words.at(first)} and {words.at(last)}."


# ----------------------------------------------------------------------------------------------------------- the classes


def majority(words: Words, accuracy: str, share: float) -> str:
    """Say that always giving the largest class would do as well."""
    return (
        f"{begin(words.val_accuracy)} of {accuracy} is no better than always answering the largest class, "
        f"which makes up {percent(share, 1)}: it misleads. Look at balanced accuracy or F1 instead."
    )


def accuracy_above(words: Words, accuracy: str, other: str, value: float) -> str:
    """Say that accuracy looks far better than a metric that weighs the classes."""
    return (
        f"{begin(words.val_accuracy)} of {accuracy} stands far above {words.held_out} {spoken(other)} of "
        f"{number(value)}: on imbalanced classes accuracy misleads. Look at {spoken(other)} instead."
    )


def at_chance(words: Words, accuracy: str, classes: int) -> str:
    """Say that the answers are no better than guessing among alike classes."""
    return (
        f"{begin(words.val_accuracy)} of {accuracy} is no better than guessing among {classes} classes: the "
        "labels, the inputs or the learning rate may be wrong."
    )


def on_test() -> str:
    """Say that the test set was read in place of a validation set."""
    return (
        "No validation curve was logged, so the test curve was judged: an epoch chosen by it makes the test result "
        "look better than it is."
    )


def _rough_change(words: Words, size: float) -> str:
    return f"{rough(100 * size / words.all_right)} points" if words.all_right else rough(size)


def rough(size: float) -> str:
    """Return a value with two significant digits, for what is no more certain than that."""
    return f"{float(f'{size:.2g}'):.6g}" if abs(size) < 1e6 else f"{size:.2g}"
