"""The words of the field as frozen dataclasses: what every other room hands around.

Nothing here does I/O, reads a clock or imports more than the standard library, so that `import tracker` stays light.
Arrays are numpy arrays, named here only for the type checker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from tracker.ids import id_number as id_number
from tracker.ids import id_text as id_text
from tracker.ids import is_id as is_id
from tracker.ids import new_id as new_id
from tracker.presenting import present

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Split = Literal["train", "val", "test"]
Goal = Literal["min", "max"]
Status = Literal["running", "finished", "failed", "interrupted", "lost"]
Resume = Literal["never", "allow", "must"]
Severity = Literal["note", "likely", "strong"]
Axis = Literal["epoch", "step"]
Verdict = Literal[
    "overfitting",
    "overconfident",
    "underfitting",
    "diverged",
    "healthy",
    "improving",
    "too_early",
    "uncertain",
]
Standing = Verdict | Literal["dismissed"]
"""What a run counts as: its verdict, or that a person has dismissed it."""
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

LOST_AFTER_MS = 90_000
"""A running session without a heartbeat for this long is shown as `lost`."""

PALETTE_SIZE = 12
"""Colours of runs; a run's slot is given at its creation, is stored and never changes."""

NAME_BYTES = 512
KEY_BYTES = 1024
"""Longest metric name, and longest project, tag or config key, in bytes of UTF-8: an index entry must hold it."""

LARGEST_STEP = 2**62 - 1
"""A counted step is moved by its session's base, which must not overflow an int64 either."""

# ------------------------------------------------------------------------------------------------- metrics and points


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """What a user said about a metric by name; None leaves the guess from the name alone.

    `goal` says which direction is better, `split` and `metric` correct how the name is read.
    """

    goal: Goal | None = None
    split: Split | None = None
    metric: str | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One series of one run, in step order: four arrays of the same length.

    `step` int64; `epoch` float64, NaN where none was logged; `value` float64 with NaN and infinities kept as logged;
    `elapsed_ms` int64 since the run's creation.
    """

    name: str
    step: NDArray[np.int64]
    epoch: NDArray[np.float64]
    value: NDArray[np.float64]
    elapsed_ms: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.step)


@dataclass(frozen=True, slots=True)
class Overview(Series):
    """A long series by what a picture cannot do without: of each stretch the first, last, lowest and highest point.

    The points are among those logged, with the first NaN or infinity of each stretch; `points` is how many were
    logged in all. `means` holds the mean of each stretch at the place of its last point: what a smoothed line, and
    the diagnosis of a long run, are made of.
    """

    points: int
    means: Series


@dataclass(frozen=True, slots=True)
class SeriesRecord:
    """What the store keeps about a series besides its points; min and max are of finite values only (None: there are none)."""

    run_id: int
    series_no: int
    name: str
    count: int
    last_step: int
    last_epoch: float | None
    last_value: float
    min_value: float | None
    min_step: int | None
    min_epoch: float | None
    max_value: float | None
    max_step: int | None
    max_epoch: float | None
    definition: MetricDefinition = MetricDefinition()


# ---------------------------------------------------------------------------------------------------- runs and projects


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as the store holds it. Times are milliseconds since 1970 (UTC).

    `version` grows with every change of the run, so that a reader can ask only for what changed. `config` and
    `summary` are flat: nested keys are joined by dots. `exception` is the type's name alone when the run failed.
    `archived_ms` is when a person put it out of the way, `deleted_ms` when a person deleted it (None: nobody did).
    """

    run_id: int
    project: str
    name: str
    group: str | None
    status: Status
    exception: str | None
    notes: str
    tags: tuple[str, ...]
    colour: int
    created_ms: int
    changed_ms: int
    duration_ms: int
    version: int
    config: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    archived_ms: int | None = None
    deleted_ms: int | None = None

    @property
    def id(self) -> str:
        """The run's id as 13 base32 characters."""
        return id_text(self.run_id)

    @property
    def broke_off(self) -> bool:
        """The run failed, was interrupted or was lost: its curves tell of a part of a training."""
        return self.status not in ("running", "finished")


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    """A project and how much is in it; `changed_ms` is its newest run's last change."""

    name: str
    runs: int
    live: int
    changed_ms: int


@dataclass(frozen=True, slots=True)
class Annotation:
    """A note, an alert or a dismissal at a place of a run; `at_ms` is wall-clock milliseconds since 1970.

    `author` is who wrote it, as he calls himself. `number` names it among the run's, given by the store; it is no part
    of what the note says.
    """

    kind: Literal["alert", "note", "dismissal"]
    title: str
    text: str = ""
    step: int | None = None
    epoch: float | None = None
    at_ms: int = 0
    author: str = ""
    number: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view that somebody kept: what the page `page` shows under the address' `query`, for everybody of the project.

    `id` is 13 base32 characters ("": the store gives one). `description` is Markdown. A `frozen` one shows what it
    showed when it was frozen. Times are milliseconds since 1970 by the store's clock.
    """

    id: str
    project: str
    title: str
    author: str = ""
    description: str = ""
    page: Literal["compare", "runs"] = "compare"
    query: str = ""
    created_ms: int = 0
    changed_ms: int = 0
    frozen: bool = False


VIEW_TITLE = 200
"""Longest title or author of a saved view, in characters."""

VIEW_TEXT = 10_000
"""Longest description of a saved view, in characters."""


# ------------------------------------------------------------------------------------------------------------ diagnosis


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement about a run's curves.

    `start` and `end` are in units of the diagnosis' axis (None: the whole run). `evidence` holds the numbers that
    support it, `fact` is one sentence, `advice` at most two things to try.
    """

    kind: str
    severity: Severity
    start: float | None
    end: float | None
    fact: str
    advice: tuple[str, ...] = ()
    evidence: Mapping[str, float | int | str | bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that the curves of a run say: one verdict and the findings behind it.

    Epochs are in units of `axis`. `loss` and `accuracy` name the metric pairs that were judged, as logged:
    (train name, val name), either None where not logged. `gap` is val minus train of the loss, at the end. `dismissed`
    are the kinds of the findings that a person has dismissed.
    """

    verdict: Verdict
    sentence: str
    axis: Axis
    findings: tuple[Finding, ...] = ()
    onset_epoch: float | None = None
    best_epoch: float | None = None
    best_loss: float | None = None
    best_accuracy_epoch: float | None = None
    best_accuracy: float | None = None
    gap: float | None = None
    loss: tuple[str | None, str | None] = (None, None)
    accuracy: tuple[str | None, str | None] = (None, None)
    rules_version: int = 1
    dismissed: tuple[str, ...] = ()
    history: tuple[Series, ...] = field(default=(), repr=False, compare=False)

    @property
    def overfitting(self) -> bool:
        """True when validation loss rises for good, whether or not accuracy holds."""
        return self.verdict in ("overfitting", "overconfident")

    @property
    def standing(self) -> Standing:
        """What lists count and filter the run as: its verdict, unless a person has dismissed it."""
        return "dismissed" if self.verdict in self.dismissed else self.verdict

    @property
    def marked_onset(self) -> float | None:
        """The onset as pictures mark it: that of a run that overfits and is not dismissed."""
        return self.onset_epoch if self.standing in ("overfitting", "overconfident") else None

    @property
    def main(self) -> Finding | None:
        """The finding that the verdict rests on."""
        return next((f for f in self.findings if f.kind == self.verdict), None)

    @property
    def advice(self) -> tuple[str, ...]:
        """At most two things to try: those of the verdict's own finding."""
        main = self.main or next(iter(self.findings), None)
        return main.advice if main is not None else ()

    @property
    def rise(self) -> float | None:
        """How far validation loss ends above its best, as a share of it and as the sentence says it; None: it does not."""
        found = self.main.evidence if self.overfitting and self.main is not None else {}
        best, end = found.get("best"), found.get("end")
        return (
            end / best - 1 if isinstance(best, float) and isinstance(end, float) and 0 < best < end else None
        )

    def found(self, kind: str) -> bool:
        """Tell whether there is a finding of this kind."""
        return any(f.kind == kind for f in self.findings)

    def __str__(self) -> str:
        return self.sentence

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the curves as plain dicts, lists, strings and numbers, ready for JSON."""
        out = {k: v for k, v in asdict_shallow(self).items() if k != "history"}
        out["findings"] = [
            {**asdict(f), "advice": list(f.advice), "evidence": dict(f.evidence)} for f in self.findings
        ]
        out["loss"], out["accuracy"] = list(self.loss), list(self.accuracy)
        out["dismissed"] = list(self.dismissed)
        out["overfitting"] = self.overfitting
        return out

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Diagnosis:
        """Return the diagnosis that `to_dict` wrote, without its curves."""
        known = {k: v for k, v in data.items() if k in cls.__slots__ and k not in ("findings", "history")}
        for listed in ("loss", "accuracy", "dismissed"):
            if listed in known:
                known[listed] = tuple(known[listed])
        findings = tuple(
            Finding(**{**f, "advice": tuple(f.get("advice", ()))}) for f in data.get("findings", ())
        )
        return cls(findings=findings, **known)

    def figure(self) -> Any:
        """Return the annotated curves as a plotly figure; needs the history that was diagnosed.

        Raises:
            TrackerError: the diagnosis was read back without its curves.
        """
        return present("figure", self)

    def _repr_html_(self) -> str:
        return str(present("html", self))


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """From when on a run had a verdict: `version` is the run's and `at_ms` the store's time when it was kept.

    The rest is that diagnosis', see `Diagnosis`.
    """

    at_ms: int
    version: int
    rules_version: int
    verdict: Verdict
    onset_epoch: float | None
    best_epoch: float | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Observation:
    """One statement about several runs: what was seen together, never a cause.

    `text` is one or two sentences, `run_ids` the runs that it is about (13 base32 characters each), `evidence` the
    numbers that support it.
    """

    kind: str
    severity: Severity
    text: str
    run_ids: tuple[str, ...] = ()
    evidence: Mapping[str, float | int | str | bool | None] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain dicts, lists, strings and numbers, ready for JSON."""
        return {**asdict_shallow(self), "run_ids": list(self.run_ids), "evidence": dict(self.evidence)}


def asdict_shallow(thing: Any) -> dict[str, Any]:
    """Return a dataclass's fields as a dict, its values as they are."""
    return {name: getattr(thing, name) for name in thing.__dataclass_fields__}
