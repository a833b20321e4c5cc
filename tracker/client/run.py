"""A run as the training process sees it: `log` and everything else that one can say about a training."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from tracker import settings
from tracker.client import checks, lifecycle, ported, porting
from tracker.client.held import Held
from tracker.client.identity import new_identity
from tracker.client.logger import Logger
from tracker.client.ranks import logs
from tracker.client.redaction import clean_config
from tracker.client.session import WAIT_S, RunStats
from tracker.client.speech import warn, warn_unknown
from tracker.errors import BadInput, TrackerError
from tracker.journal.frames import Kind
from tracker.journal.wording import agree
from tracker.model import id_text
from tracker.presenting import present

if TYPE_CHECKING:
    from tracker.model import Diagnosis


class Run:
    """A run that this process writes. `tracker.init` makes one and makes it the module's current run.

    Args:
        project: the project it belongs to; TRACKER_PROJECT, else "default".
        name: a name for people; a readable one is made up when there is none.
        config: hyperparameters: a dict (nested as you like), a dataclass or an argparse namespace. Secrets are left out.
        group: runs of one group differ only in seed or fold.
        tags: words to find the run by.
        notes: free text.
        id: the run's id, 13 base32 characters; TRACKER_RUN_ID, else a random one.
        resume: "never": the run is new; "allow": it is continued if it exists; "must": it has to exist.
        mode: "online", "offline" (the journal only) or "disabled"; TRACKER_MODE wins over it.
        rank: None: in a distributed training only rank 0 logs; "all": every rank logs, tagged with its rank.
        on_error: "raise", or "warn": the caller's own mistakes only warn. None: "raise", in a script that says
            `import tracker as wandb` "warn".
        store: the store's URL or the path of a SQLite file; TRACKER_URL, else a file in the user's data folder.
        unknown: keywords of other trackers; they are named in one warning and ignored.

    Raises:
        BadInput: an argument cannot be used; the message says why.
        RunMissing: `resume="must"` and the store holds no such run.
        StoreUnavailable: `resume="must"` and the store cannot be reached.
    """

    def __init__(
        self,
        project: str | None = None,
        name: str | None = None,
        *,
        config: Any = None,
        group: str | None = None,
        tags: Iterable[str] = (),
        notes: str = "",
        id: str | None = None,
        resume: str = "never",
        mode: str | None = None,
        rank: str | None = None,
        on_error: str | None = None,
        store: str | os.PathLike[str] | None = None,
        **unknown: Any,
    ) -> None:
        for_another = porting.speaks()
        if for_another:
            id, resume, mode = porting.arguments(project, id, resume, mode)
        self._folder: str | None = unknown.pop("dir", None) if for_another else None
        if unknown:
            warn_unknown("tracker.init", unknown)
        mode = settings.mode(mode)
        checks.one_of("on_error", on_error, (None, "raise", "warn"))
        checks.one_of("rank", rank, (None, "all"))
        identity = new_identity(project, name, group, tags, notes, id, resume, rank)
        items = checks.mapping("config", config)
        self._offline: bool = mode == "offline"
        self._logger: Logger = Logger(
            identity,
            store_url=settings.store_url(store) if mode != "disabled" else "",
            online=mode == "online",
            lenient=on_error == "warn" or (for_another and on_error is None),
        )
        self._record: porting.Record = self._logger.recorder.record
        self._config = Held(items, partial(self._logger.append_items, Kind.CONFIG, "config"))
        self._ported = porting.Ported(self._record) if for_another else None
        if self._ported:
            self._record = self._ported.record
        last = self._ported.last if self._ported else {}
        self._summary = Held({}, partial(self._logger.append_items, Kind.SUMMARY, "summary"), last)
        if mode == "disabled" or not logs(rank):
            self._logger.state = "disabled"
            self._record = _log_nothing
            return
        self._logger.begin(clean_config(items, warn))
        if not self.disabled and (identity.resume == "never" or self._offline):
            self._logger.announce()  # a resumed run is announced by the names that it has in the store

    # ----------------------------------------------------------------------------------------------------- logging

    def log(
        self,
        data: Mapping[str, Any] | None = None,
        /,
        step: Any = None,
        epoch: Any = None,
        **metrics: Any,
    ) -> None:
        """Log numbers of one step: `log({"train/loss": .41}, epoch=3)` or `log(loss=.41, epoch=3)`.

        Args:
            data: names and values; also `step` and `epoch`, which serve where the argument is absent.
            step: a whole number, 0 or more, in any order. Without it a whole-number `epoch` serves, else the count of
                earlier calls without a step.
            epoch: a finite number, for example 2.5 in the middle of the third epoch.
            metrics: the same as `data`, as keywords.

        Raises:
            TypeError: a name is not text or a value is not a number.
            ValueError: a name, step or epoch is out of its range.
            TrackerError: the run has been finished.
        """
        problem = self._record(data, step, epoch, metrics)
        if problem is not None:
            raise problem

    def define_metric(
        self,
        name: str,
        goal: str | None = None,
        split: str | None = None,
        metric: str | None = None,
        **unknown: Any,
    ) -> None:
        """Say what a metric is where its name does not: which direction is better, which data, which metric.

        Args:
            name: the name as logged.
            goal: "min" or "max".
            split: "train", "val" or "test".
            metric: what is measured, for example "loss".
            unknown: keywords of other trackers: `summary="min"` or "max" serves as the goal, the others are named in
                one warning and ignored.

        Raises:
            BadInput: an argument is not one of these.
        """
        if unknown.get("summary") in ("min", "max"):
            best = unknown.pop("summary")
            goal = goal or best
        if unknown:
            warn_unknown("define_metric", unknown)
        goal = {"minimize": "min", "maximize": "max"}.get(str(goal), goal)
        checks.one_of("goal", goal, (None, "min", "max"))
        checks.one_of("split", split, (None, "train", "val", "test"))
        metric = None if metric is None else checks.label("metric", metric)
        if self._ported and "*" in name:
            warn_unknown("define_metric", {f"patterns such as {name!r}": None})
            return
        self._logger.append(Kind.METRIC, checks.label("a metric's name", name), goal, split, metric)

    def alert(self, title: str, text: str = "", **unknown: Any) -> None:
        """Put an alert on the run, at the step and epoch that were logged last.

        Args:
            title: what happened, in a few words.
            text: more about it.
            unknown: keywords of other trackers; they are named in one warning and ignored.

        Raises:
            BadInput: the title is no text, empty or too long.
        """
        if unknown:
            warn_unknown("alert", unknown)
        last = self._logger.recorder
        at_ms = time.time_ns() // 1_000_000
        self._logger.append(
            Kind.ALERT,
            checks.label("title", title),
            checks.text(text),
            last.last_step,
            last.last_epoch,
            at_ms,
        )

    # ------------------------------------------------------------------------------------------------ what it holds

    @property
    def id(self) -> str:
        """The run's id: 13 base32 characters."""
        return id_text(self._logger.identity.run_id)

    @property
    def project(self) -> str:
        """The project that the run belongs to."""
        return self._logger.identity.project

    @property
    def url(self) -> str:
        """Where the run can be watched while a dashboard serves its store."""
        return self._logger.url

    @property
    def config(self) -> Held:
        """The hyperparameters; what is set here later is logged too."""
        return self._config

    @config.setter
    def config(self, value: Any) -> None:
        self._config.update(checks.mapping("config", value))

    @property
    def summary(self) -> Held:
        """What you say about the run as a whole; last, best, min and max of every series need no saying."""
        return self._summary

    @property
    def name(self) -> str:
        """The run's name for people; it can be set."""
        return self._logger.identity.name

    @name.setter
    def name(self, value: str) -> None:
        self._logger.describe(name=checks.label("name", value))
        self._logger.append(Kind.NAME, self.name, time.time_ns() // 1_000_000)

    @property
    def notes(self) -> str:
        """Free text about the run; it can be set."""
        return self._logger.identity.notes

    @notes.setter
    def notes(self, value: str | None) -> None:
        self._logger.describe(notes=checks.text(value))
        self._logger.append(Kind.NOTES, self.notes, time.time_ns() // 1_000_000)

    @property
    def tags(self) -> tuple[str, ...]:
        """Words to find the run by; they can be set, also with `+=`."""
        return self._logger.identity.tags

    @tags.setter
    def tags(self, value: Iterable[str]) -> None:
        self._logger.describe(tags=checks.tags(value))
        self._logger.append(Kind.TAGS, self.tags)

    @property
    def group(self) -> str | None:
        """The group of runs that differ only in seed or fold."""
        return self._logger.identity.group

    @property
    def disabled(self) -> bool:
        """True when nothing is logged: `mode="disabled"`, or a rank that is silent."""
        return self._logger.state == "disabled"

    @property
    def ended(self) -> bool:
        """True after `finish`: nothing more can be logged."""
        return self._logger.state == "finished"

    def stats(self) -> RunStats:
        """Return what became of the points that this process logged."""
        return self._logger.stats()

    def flush(self, timeout: float = WAIT_S) -> bool:
        """Wait until the store holds all that was logged so far.

        Returns:
            False when that took longer than `timeout` seconds, or the run is offline.
        """
        session = self._logger.session
        return session is None or session.flush(timeout)

    def diagnosis(self) -> Diagnosis:
        """Say what the curves logged so far mean; also while the store is away or the run is offline.

        Returns:
            The diagnosis of everything logged. A run of more than 20,000 points, or one that other processes write too,
            is read from the store, after a `flush`.

        Raises:
            StoreUnavailable: the store has to be asked and does not answer.
            TrackerError: the run is disabled, has logged nothing, or is offline and too long to be kept in memory.
        """
        if self.disabled:
            raise TrackerError(f"the run {self.name} is disabled: it keeps no curves to diagnose")
        found = self._logger.diagnosis()
        if found is not None:
            return found
        if self._offline:
            said = "the run {name} has logged {n} point[|s], which cannot be diagnosed while it is offline: {what}"
            logged = self.stats().logged
            what = "send it with tracker sync and call tracker.diagnose" if logged else "log something first"
            raise TrackerError(agree(logged, said, name=self.name, what=what))
        from tracker.client.reading import diagnosis_of

        self.flush()
        run_id = self._logger.identity.run_id
        return diagnosis_of(self._logger.store_url, run_id)

    def should_stop(self, patience: int = 0) -> bool:
        """Tell whether to stop training now: the diagnosis sees overfitting that lasts, or the run has diverged.

        It is the same judgement as the alert in the terminal and the verdict in the dashboard, so it waits until a
        rise is larger than the noise and goes on; a single bad epoch never stops a run. Ask once an epoch, after
        `log`: it looks at what this process logged (20,000 points at most), needs no store and takes a few
        milliseconds where there is a new validation point, else microseconds.

        Args:
            patience: how many validation points the best one must be ago as well; 0 leaves it to the diagnosis.

        Returns:
            True while an alarm stands. The checkpoint to keep is `run.diagnosis().best_epoch`.

        Raises:
            BadInput: `patience` is no whole number, 0 or more.
        """
        if isinstance(patience, bool) or not isinstance(patience, int) or patience < 0:
            raise BadInput(f"patience is {patience!r}: give a whole number of validation points, 0 or more")
        return self._logger.should_stop(patience)

    # ------------------------------------------------------------------------------------------------- start and end

    def finish(
        self, status: str = "finished", *, exit_code: int | None = None, quiet: bool | None = None
    ) -> None:
        """End the run: wait at most 10 s until the store holds everything, and say what it does not.

        Args:
            status: "finished", "failed" or "interrupted".
            exit_code: as other trackers have it: anything but 0 means "failed".
            quiet: as other trackers have it; nothing changes.

        Raises:
            BadInput: the status is not one of the three.
        """
        checks.one_of("status", status, ("finished", "failed", "interrupted"))
        self._logger.end("failed" if exit_code else status, None)
        self._logger.wait(time.monotonic() + WAIT_S)

    def __getattr__(self, name: str) -> Any:
        if name in porting.ASKED and self._ported:
            return porting.ASKED[name](self)
        if name in ported.NAMES:
            return ported.find(name)
        raise AttributeError(f"a Run has no attribute {name!r}")

    def __enter__(self) -> Run:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        status, exception = lifecycle.ended_by(error)
        self._logger.end(status, exception)
        self._logger.wait(time.monotonic() + WAIT_S)

    def __str__(self) -> str:
        found = None if self.disabled else self._logger.diagnosis()
        said = [found.sentence] if found is not None else []
        return "\n".join([f"{self.name} (project {self.project}, {self._logger.state})", *said, self.url])

    def _repr_html_(self) -> str:
        return str(present("html", self))

    def __repr__(self) -> str:
        return f"Run({self.name!r}, id={self.id!r}, project={self.project!r}, {self._logger.state})"


def _log_nothing(data: Any, step: Any, epoch: Any, metrics: dict[str, Any]) -> None:
    return None
