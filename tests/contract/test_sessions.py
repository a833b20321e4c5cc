"""What every store promises to the sessions of a run: resumed ones, helpers, and processes beside each other."""

from __future__ import annotations

import time

import pytest

from tests.contract.prepared import postgres_url, sqlite_url  # noqa: F401
from tests.support.sessions import Session, now_ms, row, rows, values
from tracker.errors import RunClash, RunMissing
from tracker.model import PALETTE_SIZE
from tracker.store import Store


class TestSessions:
    def test_counted_steps_of_a_second_session_go_on_after_the_first(self, store: Store) -> None:
        first = Session(store)
        first.ship(rows([1.0, 2.0, 3.0], counted=True))
        second = Session(store, first.run_id, resume="allow")
        assert second.ship(rows([4.0, 5.0], counted=True, elapsed_ms=50)).step_base == 3
        assert (
            second.ship([row(2, 6.0, counted=True, elapsed_ms=60), row(40, 7.0, elapsed_ms=61)]).step_base
            == 3
        )
        assert values(store, first.run_id) == {0: 1.0, 1: 2.0, 2: 3.0, 3: 4.0, 4: 5.0, 5: 6.0, 40: 7.0}
        assert store.shipped(first.run_id, second.identity.session_id).step_base == 3  # type: ignore[union-attr]

    def test_the_base_is_settled_by_the_first_points_not_by_the_first_beat(self, store: Store) -> None:
        first, early = Session(store), None
        first.ship()
        early = Session(store, first.run_id, resume="allow")
        assert early.ship().step_base == 0
        first.ship(rows([1.0, 2.0], counted=True))
        assert early.ship(rows([3.0], counted=True, elapsed_ms=9)).step_base == 2
        assert values(store, first.run_id) == {0: 1.0, 1: 2.0, 2: 3.0}

    def test_never_means_a_new_run_or_a_clash(self, store: Store) -> None:
        first = Session(store)
        first.ship(rows([1.0]))
        with pytest.raises(RunClash, match='resume="allow"'):
            Session(store, first.run_id, resume="never").ship(rows([2.0]))
        first.ship(rows([3.0], first=1))
        assert values(store, first.run_id) == {0: 1.0, 1: 3.0}

    def test_must_means_a_run_that_exists(self, store: Store) -> None:
        missing = Session(store, resume="must")
        with pytest.raises(RunMissing, match="no run"):
            missing.ship(rows([1.0]))
        assert store.runs() == []
        assert store.projects() == []
        Session(store, missing.run_id).ship()
        missing.ship(rows([1.0]))
        assert values(store, missing.run_id) == {0: 1.0}

    def test_a_resumed_run_keeps_its_name_colour_and_creation_and_takes_new_config(
        self, store: Store
    ) -> None:
        start = now_ms()
        first = Session(store, name="one", created_ms=start, config={"lr": 1, "a": 1}, tags=("x",))
        first.ship(status="failed", exception="ValueError")
        again = Session(
            store,
            first.run_id,
            name="two",
            created_ms=start + 5,
            resume="allow",
            config={"lr": 2},
            tags=("y", "x"),
            environment={"host": "b"},
        )
        again.ship()
        (run,) = store.runs()
        assert (run.name, run.colour, run.created_ms) == ("one", 0, start)
        assert (run.config, run.tags, run.environment) == ({"lr": 2, "a": 1}, ("x", "y"), {"host": "b"})
        assert (run.status, run.exception) == ("running", None)

    def test_a_session_started_by_a_clock_that_went_back_is_newer_by_its_points(self, store: Store) -> None:
        first = Session(store, created_ms=1_000_000)
        first.ship([row(0, 1.0, elapsed_ms=5000)], status="failed")
        second = Session(store, first.run_id, created_ms=900_000, resume="allow")
        second.ship([row(1, 2.0, elapsed_ms=5001)])
        assert store.runs()[0].status == "running"
        second.ship(status="finished")
        assert store.runs()[0].status == "finished"

    def test_a_helper_adds_points_and_never_decides_the_status(self, store: Store) -> None:
        start = now_ms()
        run = Session(store, created_ms=start)
        helper = Session(store, run.run_id, created_ms=start + 1000, resume="allow", helper=True)
        helper.ship(rows([1.0], "helper"), notes="mine", config={"a": 1, "b": 1})
        again = Session(store, run.run_id, created_ms=start, resume="allow", config={"a": 2})
        again.ship(rows([1.0]), notes="the run's")
        helper.ship(rows([2.0], "helper", first=1, elapsed_ms=9000), status="failed", exception="OSError")
        helper.ship(notes="late", config={"a": 3})
        (found,) = store.runs()
        assert (found.status, found.exception, found.notes) == ("running", None, "the run's")
        assert found.config == {"a": 2, "b": 1}
        assert values(store, run.run_id, "helper") == {0: 1.0, 1: 2.0}
        again.ship(status="finished")
        helper.ship(status="interrupted")
        assert store.runs()[0].status == "finished"

    def test_each_run_of_a_project_gets_the_next_colour(self, store: Store) -> None:
        sessions = [Session(store, name=str(i)) for i in range(PALETTE_SIZE + 1)]
        for session in sessions:
            session.ship()
        Session(store, project="other").ship()
        colours = {r.name: r.colour for r in store.runs("digits")}
        assert [colours[str(i)] for i in range(PALETTE_SIZE + 1)] == [*range(PALETTE_SIZE), 0]
        assert store.runs("other")[0].colour == 0


class TestBesideEachOther:
    """What the sender of a batch is told of other processes that write the run at the same time."""

    def pair(self, store: Store) -> tuple[Session, Session]:
        start = now_ms()
        first = Session(store, created_ms=start, environment={"host": "a", "pid": 1})
        more = {"resume": "allow", "environment": {"host": "b", "pid": 2}}
        return first, Session(store, first.run_id, created_ms=start + 1000, **more)

    def test_each_is_told_of_the_other_by_name_and_of_its_sign_of_life(self, store: Store) -> None:
        first, second = self.pair(store)
        assert first.ship(rows([1.0])).beside is None
        told = second.ship(rows([2.0], "other", elapsed_ms=1000))
        assert told.beside is not None
        assert (told.others, told.beside.host, told.beside.pid, told.beside.step) == (1, "a", 1, -1)
        told = first.ship(rows([2.0], first=1))
        assert told.beside is not None
        assert (told.beside.host, told.beside.pid, told.beside.step) == ("b", 2, -1)
        seen = told.beside.beat_ms
        time.sleep(0.005)
        second.beat()
        told = first.beat()
        assert told.beside is not None
        assert told.beside.beat_ms > seen

    def test_the_highest_step_that_stood_already_is_told(self, store: Store) -> None:
        first, second = self.pair(store)
        first.ship([row(s, 1.0, elapsed_ms=10 + s) for s in range(8)])
        told = second.ship(
            [row(s, 2.0, elapsed_ms=2000 + s) for s in (3, 5, 9)] + rows([1.0], "b", elapsed_ms=2000)
        )
        assert told.beside is not None
        assert told.beside.step == 5
        # Points from before the other one began can be one's own alone.
        told = first.ship([row(s, 3.0, elapsed_ms=3000 + s) for s in (1, 2, 3, 4)])
        assert told.beside is not None
        assert told.beside.step == 3
        assert values(store, first.run_id)[3] == 3.0

    def test_the_dead_the_silent_the_helpers_and_the_left_over_are_not_beside(self, store: Store) -> None:
        first, second = self.pair(store)
        first.ship(rows([1.0]))
        helper = Session(store, first.run_id, resume="must", helper=True)
        assert helper.ship(rows([2.0])).beside is None
        told = first.ship(rows([2.0], first=1))
        assert (told.others, told.beside) == (1, None)
        assert second.ship(rows([1.0], "late"), beat_ms=0).beside is None
        told = first.ship(rows([2.0], first=2))
        assert (told.others, told.beside) == (2, None)
        second.ship(rows([1.0], "alive"))
        assert first.beat().beside is not None
        second.beat(beat_ms=0, dead=True)
        assert first.beat().beside is None

    def test_versions_are_told(self, store: Store) -> None:
        first, second = self.pair(store)
        told = [first.ship(rows([1.0])), first.beat(), second.ship(), first.ship(rows([1.0], first=1))]
        assert [t.version for t in told] == [1, 1, 2, 3]
        assert store.runs()[0].version == 3
