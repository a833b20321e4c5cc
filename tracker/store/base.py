"""What every store promises. One contract suite (`tests/contract/`) holds each store to every sentence of this page.

A store keeps projects, runs and their points. Two engines exist, SQLite and PostgreSQL, with one schema.

**Writing.** All points arrive by `ship`, one batch of one session of one run in one transaction:

- *Exactly once.* The store keeps the offset up to which each session's journal has been shipped, in the transaction
  of its points. A batch whose `start` is not the kept offset changes nothing, and the kept offset is returned for the
  sender to go on from. So a batch may be sent any number of times, also after an answer that got lost.
- *The later log wins.* Points of one (series, step) within a session replace each other in journal order; between
  sessions the one with the higher `elapsed_ms` stays, so that an old session sent late never undoes a newer one.
- *Kept as logged.* Steps in any order, NaN and infinities are kept exactly; -0.0 becomes 0.0.
- *Summaries follow.* count, last, min and max of each series are updated in the same transaction.
- *Names are allotted by the store*, under a lock of the run, so any number of processes may write one run.
- *Never half.* A batch that is refused leaves nothing behind.

**Editing.** People change runs while training processes write them: `people.py` says who has the last word.

**Who may call.** A store may be shared by threads. It never survives `fork`: the child calls `forget` and opens
its own. Sixteen processes may call `prepare` on one empty store at the same moment.

**Reading.** Readers never block writers for longer than one short statement and never see half a batch. What is
returned is a copy. Reading changes nothing, except `prepare`, `keep_diagnosis` and the calls that say so.

**Errors.** `StoreUnavailable`: does not answer, is locked, full or read-only; the same call may work later.
`Refused`: these rows can never be stored. `SchemaTooOld`, `SchemaTooNew`: the message names the command to run.
`NotFound`: no such project or run. Nothing else is raised for a fault of the world.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from tracker.model import (
    Annotation,
    Diagnosis,
    MetricDefinition,
    ProjectRecord,
    Resume,
    RunRecord,
    Series,
    SeriesRecord,
    Status,
    VerdictChange,
)
from tracker.store.excerpts import Excerpts
from tracker.store.lists import Lists
from tracker.store.people import People
from tracker.store.windows import Windows


class Offset(NamedTuple):
    """A place in a session's journal: the segment's number and the byte within it."""

    segment: int
    byte: int


START = Offset(0, 0)


class PointRow(NamedTuple):
    """One logged value on its way into the store.

    `counted` marks a step that the logger counted itself because the caller gave none: the store moves it behind the
    last step that earlier sessions of the run left (`Shipped.step_base`).
    """

    name: str
    step: int
    counted: bool
    value: float
    epoch: float | None
    elapsed_ms: int


@dataclass(slots=True)
class Points:
    """The logged values of a batch, in journal order: columns of equal length with one entry a call of `log`.

    A batch holds thousands of points, and what is done for each of them is taken from the training: so they stay as
    they were logged together. Iterating gives every value as a `PointRow`; `len` is the number of values.
    """

    elapsed_ms: Sequence[int] = ()
    step: Sequence[int] = ()
    counted: Sequence[bool] = ()
    epoch: Sequence[float | None] = ()
    values: Sequence[Mapping[str, float]] = ()

    @classmethod
    def of(cls, rows: Iterable[PointRow]) -> Points:
        """Return points that were logged one by one."""
        taken = list(rows)
        return cls(
            [r.elapsed_ms for r in taken],
            [r.step for r in taken],
            [r.counted for r in taken],
            [r.epoch for r in taken],
            [{r.name: r.value} for r in taken],
        )

    def __len__(self) -> int:
        return sum(map(len, self.values))

    def __bool__(self) -> bool:
        return any(self.values)

    def __iter__(self) -> Iterator[PointRow]:
        calls = zip(self.elapsed_ms, self.step, self.counted, self.epoch, self.values, strict=True)
        for elapsed_ms, step, counted, epoch, values in calls:
            for name, value in values.items():
                yield PointRow(name, step, counted, value, epoch, elapsed_ms)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a session is and which run it writes: the first frame of its journal.

    `config` and `environment` are flat dicts of JSON scalars; `created_ms` is wall-clock milliseconds since 1970.
    `helper` marks a child that the run's own process forked: its session never decides the run's status.
    """

    run_id: int
    session_id: int
    project: str
    name: str
    created_ms: int
    group: str | None = None
    tags: tuple[str, ...] = ()
    notes: str = ""
    resume: Resume = "never"
    config: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    helper: bool = False


@dataclass(slots=True)
class Batch:
    """A stretch of one session's journal, from `start` to `end`, and what was logged in it.

    Fields that stay None or empty change nothing. `beat_ms` is the sender's wall clock; an otherwise empty batch with
    a beat keeps the run alive. A `beat_ms` of 0 says that what is sent was left over by a dead process, and is no sign
    of life; `dead` adds that its process is known to have died, so that what it beat before keeps no run alive.
    `config` and `summary` are merged key by key; `tags` replaces the run's tags. `said_ms` is when the process said
    `name` and `notes`, by these words, in wall-clock milliseconds since 1970; what is not in it was said when the
    session began.
    """

    identity: Identity
    start: Offset
    end: Offset
    beat_ms: int
    points: Points = field(default_factory=Points)
    config: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, MetricDefinition] = field(default_factory=dict)
    annotations: list[Annotation] = field(default_factory=list)
    name: str | None = None
    notes: str | None = None
    tags: tuple[str, ...] | None = None
    status: Status | None = None
    exception: str | None = None
    elapsed_ms: int | None = None
    dead: bool = False
    said_ms: dict[str, int] = field(default_factory=dict)


class Beside(NamedTuple):
    """Other processes that write the same run, as the store saw them when it took a batch.

    `beat_ms` is their latest sign of life; it is at most `LOST_AFTER_MS` old, so that only a later one tells that they
    live now. `host` and `pid` are what the newest session of the run before this batch said of itself, empty and 0 when
    nothing. `step` is the highest step of the batch at which a point stood that was logged since the first of these
    processes began, whoever logged it; -1: there was none.
    """

    beat_ms: int
    host: str
    pid: int
    step: int = -1


class Shipped(NamedTuple):
    """The answer to `ship`: the offset that the store now holds for the session, and the session's step base.

    An answer to a batch also tells the run's `version`, how many `others`, sessions of whatever age, have written it,
    and what lives `beside` the sender; left-over batches and helpers are told of nobody.
    """

    offset: Offset
    step_base: int
    version: int = 0
    others: int = 0
    beside: Beside | None = None


class Schema(NamedTuple):
    """The store's schema: its revision (None: an empty store), this version's, and how they stand to each other.

    A revision is MAJOR_NUMBER, `1_0001`. A newer one of the same major version has only added tables or columns, and
    is read and written as it is; one of a newer major version is left alone (`SchemaTooNew`).
    """

    revision: str | None
    expected: str
    state: Literal["empty", "current", "older", "newer"]


class Check(NamedTuple):
    """What a look at one thing found.

    `state`: "ok", "note" (good to know) or "problem" (something needs doing). `fact` says what was seen, `remedy` what to
    do about it, empty when nothing.
    """

    name: str
    state: Literal["ok", "note", "problem"]
    fact: str
    remedy: str = ""


class Store(People, Lists, Excerpts, Windows, Protocol):
    """See the module's text for what holds for all calls."""

    url: str
    """The store's URL without its password."""

    durable: bool
    """True when a committed batch survives power loss at once (PostgreSQL), False when only after `sync` (SQLite)."""

    # ----------------------------------------------------------------------------------------------------- the schema

    def schema(self) -> Schema:
        """Return how the store's schema stands to the one that this version works with."""

    def prepare(self) -> None:
        """Make the store ready: create an empty one; upgrade an older SQLite file after a backup beside it.

        Raises:
            SchemaTooOld: an older PostgreSQL store; the message names `tracker db upgrade`.
            SchemaTooNew: a store of a newer major version.
            StoreUnavailable: it cannot be reached or written.
        """

    def upgrade(self) -> None:
        """Create or upgrade the schema, whatever the engine: what `tracker db upgrade` does."""

    def close(self) -> None:
        """Give back every connection. The store may be used again afterwards."""

    def forget(self) -> None:
        """Drop the connections without touching them: for the child of a fork."""

    # -------------------------------------------------------------------------------------------------------- writing

    def ship(self, batch: Batch) -> Shipped:
        """Store a batch and move its session's offset to `batch.end`, in one transaction.

        Returns:
            The kept offset: `batch.end`, or another when `batch.start` was not the kept one and nothing changed.

        Raises:
            RunClash: the run exists, is not this session's, and the session said `resume="never"`.
            RunPurged: the run was deleted for good.
            RunMissing: the run does not exist and the session said `resume="must"`.
            Refused: the rows can never be stored; nothing was.
        """

    def shipped(self, run_id: int, session_id: int) -> Shipped | None:
        """Return the session's kept offset and step base, None when it never shipped."""

    def sync(self) -> None:
        """Make everything committed so far survive power loss (a checkpoint that syncs on SQLite)."""

    def keep_diagnosis(self, run_id: int, version: int, diagnosis: Diagnosis) -> None:
        """Keep a diagnosis of the run's data at `version`; one with newer rules or data replaces an older one.

        When it has another verdict than the last of `verdict_history`, it is added there.
        """

    def annotate(self, run_id: int, note: Annotation) -> None:
        """Put a note, an alert or a dismissal on a run; a dismissal replaces an earlier one of the same finding.

        One with a `number` replaces the annotation of the run that has it, its kind and its `at_ms`: a number is given
        out again when its annotation was taken off.

        Raises:
            NotFound: there is no such run, or no such annotation on it.
            Refused: its text can never be stored.
        """

    def retract(self, run_id: int, kind: str, title: str) -> int:
        """Take annotations with this kind and title off a run; return how many there were.

        Raises:
            NotFound: there is no such run.
        """

    def retract_note(self, run_id: int, number: int, at_ms: int) -> int:
        """Take the annotation with this number and time off a run; return how many there were, 1 or 0.

        Raises:
            NotFound: there is no such run.
        """

    # -------------------------------------------------------------------------------------------------------- reading

    def projects(self) -> list[ProjectRecord]:
        """Return all projects, the most recently changed first."""

    def runs(self, project: str | None = None, run_ids: Iterable[int] | None = None) -> list[RunRecord]:
        """Return runs, newest first, with config, summary, tags and environment; a project or ids narrow them down.

        Unknown ids are left out; an unknown project gives an empty list. `status` is `lost` for a running run whose
        sessions have not beaten for `LOST_AFTER_MS`.
        """

    def find_run(self, reference: str) -> RunRecord:
        """Return the run that `reference` names: an id (13 base32 characters) or `project/name`.

        Raises:
            NotFound: there is none, or `project/name` fits more than one (the message lists their ids), or the id is
                that of a deleted run (the message says how to bring it back).
        """

    def versions(self, project: str) -> dict[int, tuple[int, Status]]:
        """Return every run's version and status, archived ones too: what a live page asks each second.

        Never touches points.
        """

    def series(self, run_ids: Iterable[int]) -> dict[int, tuple[SeriesRecord, ...]]:
        """Return the series of each run, in the order of their first log. Never touches points."""

    def points(self, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], Series]:
        """Return whole series by (run id, name), in one query a bundle; unknown ones are left out."""

    def annotations(self, run_ids: Iterable[int]) -> dict[int, tuple[Annotation, ...]]:
        """Return notes, alerts and dismissals of each run, oldest first."""

    def diagnoses(self, run_ids: Iterable[int]) -> dict[int, tuple[int, Diagnosis]]:
        """Return the kept diagnosis of each run that has one, with the run's version that it is of."""

    def verdict_history(self, run_id: int) -> tuple[VerdictChange, ...]:
        """Return the verdicts that a run has had, oldest first: one entry each time that it changed."""

    # --------------------------------------------------------------------------------------------------------- health

    def check(self, *, full: bool = False) -> list[Check]:
        """Look whether the store is sound, changing nothing; what cannot be looked at is a problem, not an error.

        Args:
            full: look at everything, however long it takes; else at a sample of what grows with the points.
        """
