"""What stands behind a `Run`: its session, opened anew in a forked child, and how that begins and ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from tracker import settings
from tracker.client import lifecycle
from tracker.client.environment import environment
from tracker.client.ranks import world
from tracker.client.recorder import Recorder
from tracker.client.redaction import clean_config
from tracker.client.session import RunStats, Session
from tracker.client.speech import say, warn
from tracker.client.watch import MOST_POINTS
from tracker.errors import JournalError, StoreUnavailable, TrackerError
from tracker.journal.company import Meeting
from tracker.journal.forking import gate
from tracker.journal.frames import Kind, Opening
from tracker.model import RunRecord, id_text, new_id
from tracker.store.base import Identity

if TYPE_CHECKING:
    from tracker.diagnosis.online import Alarm
    from tracker.model import Diagnosis

MUST_WAIT_S = 30.0
"""How long `resume="must"` waits for the store at init."""

LAST_ATTEMPT_S = 10.0
"""How long it waits then for the attempt under way, which may still arrive."""

FEW_POINTS = 10
"""A run that logged fewer points has no curves to speak of."""

State = Literal["open", "aside", "finished", "disabled"]


class Logger:
    """Writes one run from this process.

    States: "open"; "aside": there is no session now, and the next log opens one beside the first (in a forked child,
    or when something is logged while the process ends); "finished" by the user; "disabled": nothing is logged.
    """

    def __init__(self, identity: Identity, *, store_url: str, online: bool, lenient: bool) -> None:
        self.identity: Identity = identity
        self.store_url = store_url
        self.state: State = "open"
        self.session: Session | None = None
        self.failure: tuple[str, str | None] | None = None
        self.recorder = Recorder(time.monotonic_ns(), lenient, self._reopen)
        self._online = online
        # Made now, for nothing can be imported any more when a destructor logs while the interpreter is torn down.
        self._store_name = settings.without_password(store_url)
        self._clock = "run" if identity.resume == "never" else "session"
        self._said = ""
        self._met = False
        self._gate = threading.RLock()

    def begin(self, config: Mapping[str, Any]) -> None:
        """Open the first session; trouble with the disk is said and disables the run.

        Raises:
            RunMissing: `resume="must"` and the store holds no such run.
            StoreUnavailable: `resume="must"` and the store does not answer.
        """
        lifecycle.watch(self)
        self._open(replace(self.identity, config=config, environment=environment()))
        if self.identity.resume == "must" and self._online:
            self._wait_for_run()

    @property
    def url(self) -> str:
        """Where the run can be watched while a dashboard serves its store."""
        who = self.identity
        return f"{settings.dashboard_url()}{settings.project_path(who.project)}/r/{id_text(who.run_id)}"

    def announce(self) -> None:
        """Say which run this is, and where to watch it."""
        who = self.identity
        there = f"watch it at {self.url}" if self._online else "offline: tracker sync sends it when you want"
        say(f"run {who.name} ({id_text(who.run_id)}) of project {who.project}, {there}")

    def describe(self, **said: Any) -> None:
        """Take a new name, notes or tags as the run's own; telling the journal is the caller's part."""
        self.identity = replace(self.identity, **said)

    def append(self, kind: Kind, *parts: Any) -> None:
        """Append a frame that holds no points; a run that has ended takes none, and says so."""
        if self.state == "aside":
            self._reopen()
        if self.state == "finished":
            warn(f"{self._label()} is finished: what is said of it now ({kind.name.lower()}) is not stored")
        if self.session is not None and self.state == "open":
            self.session.append(kind, *parts)

    def append_items(self, kind: Kind, what: str, items: Mapping[str, Any]) -> None:
        """Append changed keys of the config or the summary, cleaned of secrets."""
        self.append(kind, clean_config(items, warn, what))

    def end(self, status: str, exception: str | None, *, late: bool = False) -> None:
        """Log the run's end and let its shipper come to an end; does not wait. `late` logs are still taken."""
        with self._gate:
            if self.state != "open":
                return
            self.state = "aside" if late else "finished"
            session, self.recorder.journal = self.session, None
        # Outside of the gate: a thread that holds the journal may wait at the gate, with what a destructor logs.
        if session is not None:
            session.end(status, exception, self.recorder.elapsed_ms())

    def wait(self, deadline: float) -> None:
        """Wait for the store until `deadline` (monotonic seconds); say what it does not hold, or what the curves mean."""
        if self.session is None or self.session.waited:
            return
        self.session.wait(deadline, self._label())
        lifecycle.forget(self)
        if self.identity.helper or time.monotonic() >= deadline:
            return
        if self.session.all_stored:
            self._say_diagnosis(self._last_diagnosis)
        elif not self._online and self.session.watch is not None:
            self._say_diagnosis(partial(self.session.watch.diagnosis, finished=True))

    def forked(self) -> None:
        """In the child of a fork: the parent keeps its session; the child's first log opens one of its own."""
        self._gate = threading.RLock()
        session, self.session = self.session, None
        self.recorder.journal = None
        if session is not None:
            session.abandon()
            if self.state == "open":
                self.state = "aside"

    def logged(self) -> int:
        """Return how many points this process logged."""
        return 0 if self.session is None else self.session.journal.points

    def stats(self) -> RunStats:
        """Return what became of the points that this process logged."""
        return RunStats() if self.session is None else self.session.stats()

    def diagnosis(self) -> Diagnosis | None:
        """Return what the curves logged by this session say; None when the store has to be asked."""
        session = self.session
        if session is None or session.watch is None:
            return None
        if session.shipper is not None and session.shipper.others and self.identity.resume == "never":
            return None  # forked children or other machines logged a part of it
        return session.watch.diagnosis(finished=self.state == "finished")

    def should_stop(self, patience: int) -> bool:
        """Tell whether the curves say that going on is a waste; see `Run.should_stop`."""
        session = self.session
        if session is None or session.watch is None:
            return False
        stop, alarm = session.watch.should_stop(patience)
        self._alert(alarm)
        return stop

    def _alert(self, alarm: Alarm | None) -> None:
        """Say what has begun to go wrong, and keep it with the run."""
        if alarm is None:
            return
        say(f"{self._label()}, {alarm.axis} {alarm.at:g}: {alarm.sentence}")
        self._said = alarm.sentence
        at_ms = time.time_ns() // 1_000_000
        title = f"{alarm.verdict.capitalize()} seen while the run trained"
        self.append(Kind.ALERT, title, alarm.sentence, None, alarm.at, at_ms)

    def _label(self) -> str:
        return f"run {self.identity.name} ({id_text(self.identity.run_id)})"

    def _last_diagnosis(self) -> Diagnosis | None:
        """Return what the whole run says, and keep it in the store: from memory where nobody else has logged to it."""
        from tracker.client.reading import keep, last_diagnosis

        session, run_id = self.session, self.identity.run_id
        if session is None or session.shipper is None or session.watch is None:
            return None
        alone = not session.shipper.others and not session.shipper.rejected
        found = session.watch.last(session.journal.points) if alone else None
        if found is None:
            return last_diagnosis(self.store_url, run_id)
        keep(self.store_url, run_id, session.shipper.version, found)
        return found

    def _say_diagnosis(self, ask: Callable[[], Diagnosis | None]) -> None:
        if self.logged() < FEW_POINTS:
            return
        try:
            found = ask()
        except Exception as error:  # everything is stored: nothing that happens now may fail the training
            say(f"{self._label()} could not be diagnosed, all its points are kept: {error}")
            return
        if found is None:
            return
        judged = (found.loss[1] or found.accuracy[1]) is not None and found.verdict != "too_early"
        if (judged or found.verdict == "diverged") and str(found) != self._said:
            say(f"{self._label()}: {found}")

    # What the shipper tells, from its thread.

    def warn(self, text: str) -> None:
        """Say one sentence; never raises."""
        warn(text)

    def resumed(self, record: RunRecord) -> None:
        """Go by what the run is called in the store, and say so."""
        self.describe(
            project=record.project,
            name=record.name,
            group=record.group,
            notes=record.notes,
            tags=record.tags,
        )
        self.announce()
        session = self.session
        if session is None or session.watch is None:
            return
        from tracker.client.reading import curves_before

        try:
            earlier = curves_before(self.store_url, self.identity, MOST_POINTS)
        except TrackerError:
            earlier = None  # half a curve must not be judged as a whole one: the end of the run will tell
        if earlier is None:
            session.watch.over = True
        else:
            session.watch.resumed(*earlier)

    def moved(self, identity: Identity, purged: bool) -> None:
        """Go on under another id, because the run's own was taken, or was deleted for good."""
        taken = id_text(self.identity.run_id)
        self.identity = replace(self.identity, run_id=identity.run_id)
        on = f"this one goes on as {id_text(identity.run_id)}"
        if purged:
            warn(f"the run {taken} was deleted for good: {on}, with all that its journal still holds")
        else:
            warn(f'a run {taken} exists already: {on}; to continue the other one give resume="allow"')

    def met(self, meeting: Meeting) -> None:
        """Say once that another process writes the run, where that does not go well."""
        # Ranks that all log are asked to share their run.
        if self._met or (not meeting.steps and world()[1] > 1):
            return
        self._met = True
        both = f"{self._label()} is logged by {meeting.who} and by {meeting.here}, which is this one"
        if meeting.steps:
            warn(
                f"{both}, at the same steps of the same series, where the later log stays: give the processes names of "
                "their own, such as rank0/loss, or runs of their own without id= and TRACKER_RUN_ID"
            )
        else:
            warn(
                f"{both}, at the same time and without steps: what this one logs stands behind what stood when it "
                f"began, from step {meeting.base} on; give step= or epoch=, or runs of their own"
            )

    def passed(self) -> None:
        """Ask what the curves say now; never raises."""
        session = self.session
        if session is None or session.watch is None:
            return
        try:
            with gate.inside(importing=True):
                alarm = session.watch.look(ended=self.state != "open")
            self._alert(alarm)
        except Exception as error:  # a fault here must not end the sending of points
            session.watch.over = True
            warn(f"{self._label()} is no longer diagnosed while it trains: {type(error).__name__}: {error}")

    # -------------------------------------------------------------------------------------------------- how it begins

    def _open(self, identity: Identity) -> None:
        opening = Opening(self._store_name, self._clock, identity)
        try:
            self.session = Session(opening, self.store_url, self, online=self._online)
        except JournalError as error:
            warn(f"{error}. Nothing of run {identity.name} is kept; training goes on")
            self.state = "disabled"
            return
        self.recorder.journal = self.session.journal

    def _reopen(self) -> Exception | None:
        """Say why there is no journal, or open a new one beside the first."""
        with self._gate:
            if self.state == "disabled" or self.recorder.journal is not None:
                return None
            who = self.identity
            if self.state != "aside":
                return TrackerError(
                    f"the run {who.name} ({id_text(who.run_id)}) is finished: start a new one with tracker.init()"
                )
            if not who.helper:
                self._clock = id_text(who.session_id)
            self.identity = replace(
                who,
                session_id=new_id(),
                resume="must",
                helper=True,
                tags=(),
                notes="",
            )
            self.state = "open"
            self.recorder.count_anew()
            lifecycle.watch(self)
            self._open(self.identity)
            return None

    def _wait_for_run(self) -> None:
        session = self.session
        if session is None or session.shipper is None:
            return
        shipper = session.shipper
        failure: TrackerError | None = None
        if not shipper.wait_settled(MUST_WAIT_S) and not shipper.give_up(LAST_ATTEMPT_S):
            failure = StoreUnavailable(
                f'resume="must" waited {MUST_WAIT_S:.0f} s for the store {settings.safe_url(self.store_url)}: '
                f'{shipper.away or "it does not answer"}; resume="allow" does not wait'
            )
        failure = shipper.failure or failure
        if failure is not None:
            # The run is left as it was: no journal that would end it when it is sent one day.
            self.state, self.recorder.journal = "finished", None
            session.journal.close(delete=True)
            session.waited = True
            raise failure
