"""What every store promises about reading: the sentences of tracker/store/base.py, on both engines."""

from __future__ import annotations

import math
import threading
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, update

from tests.contract.prepared import postgres_url, sqlite_url  # noqa: F401
from tests.support.sessions import Session, now_ms, row, rows, values
from tracker.errors import NotFound
from tracker.model import LOST_AFTER_MS, id_text, new_id
from tracker.store import Store, tables


def age_beats(store_url: str, by_ms: int) -> None:
    """Make every heartbeat older: what waiting would do."""
    engine = create_engine(make_url(store_url))
    with engine.begin() as connection:
        connection.execute(update(tables.run).values(beat_ms=tables.run.c.beat_ms - by_ms))
        connection.execute(update(tables.writer).values(beat_ms=tables.writer.c.beat_ms - by_ms))
    engine.dispose()


class TestProjects:
    def test_an_empty_store_has_none(self, store: Store) -> None:
        assert store.projects() == []
        assert store.runs() == []
        assert store.runs("nothing") == []
        assert store.versions("nothing") == {}
        assert store.series([]) == store.points([]) == store.annotations([]) == store.diagnoses([]) == {}

    def test_they_are_counted_and_the_last_changed_comes_first(self, store: Store) -> None:
        first = Session(store, project="first", name="a")
        first.ship(beat_ms=now_ms() - 3)
        Session(store, project="second", name="b").ship(beat_ms=now_ms() - 2, status="finished")
        Session(store, project="second", name="c").ship(beat_ms=now_ms() - 1)
        assert [(p.name, p.runs, p.live) for p in store.projects()] == [("second", 2, 1), ("first", 1, 1)]
        first.ship(rows([1.0]), beat_ms=now_ms() + 5)
        assert [p.name for p in store.projects()] == ["first", "second"]
        assert store.projects()[0].changed_ms == store.runs("first")[0].changed_ms

    def test_a_lost_run_is_not_live(self, store: Store, store_url: str) -> None:
        Session(store).ship()
        age_beats(store_url, LOST_AFTER_MS + 1000)
        assert [(p.runs, p.live) for p in store.projects()] == [(1, 0)]


class TestRuns:
    def test_newest_first_narrowed_by_project_and_ids(self, store: Store) -> None:
        start = now_ms()
        sessions = [
            Session(store, project=p, name=n, created_ms=start + i)
            for i, (p, n) in enumerate(["xa", "xb", "yc"])
        ]
        for session in sessions:
            session.ship(config={"n": session.identity.name})
        assert [r.name for r in store.runs()] == ["c", "b", "a"]
        assert [r.name for r in store.runs("x")] == ["b", "a"]
        ids = [sessions[2].run_id, sessions[0].run_id, new_id()]
        assert [r.name for r in store.runs(run_ids=ids)] == ["c", "a"]
        assert [(r.name, r.config) for r in store.runs("x", iter(ids))] == [("a", {"n": "a"})]
        assert store.runs(run_ids=[]) == []

    def test_more_runs_than_one_statement_takes(self, store: Store) -> None:
        ids = [Session(store, name=str(i), config={"i": i}, tags=(str(i),)).ship() and i for i in range(20)]
        wanted = [r.run_id for r in store.runs()] + [new_id() for _ in range(2500)]
        found = store.runs(run_ids=wanted)
        assert len(found) == len(ids)
        assert all(r.config == {"i": int(r.name)} and r.tags == (r.name,) for r in found)

    def test_what_is_returned_is_a_copy(self, store: Store) -> None:
        Session(store, config={"list": [1]}).ship()
        store.runs()[0].config["list"].append(2)
        assert store.runs()[0].config == {"list": [1]}

    def test_times_are_those_of_the_run(self, store: Store) -> None:
        session = Session(store, created_ms=now_ms() - 5000, environment={"python": "3.11"})
        before = now_ms() - 1000
        session.ship([row(0, 1.0, elapsed_ms=1234), row(1, 1.0, elapsed_ms=999)])
        (run,) = store.runs()
        assert (run.created_ms, run.duration_ms) == (session.identity.created_ms, 1234)
        assert before <= run.changed_ms <= now_ms() + 1000
        assert run.environment == {"python": "3.11"}
        session.beat(elapsed_ms=5000)
        assert store.runs()[0].duration_ms == 5000


class TestStatus:
    def test_a_run_without_a_beat_is_lost_until_the_next(self, store: Store, store_url: str) -> None:
        session = Session(store)
        session.ship(rows([1.0]))
        assert store.runs()[0].status == "running"
        age_beats(store_url, LOST_AFTER_MS - 5000)
        assert store.runs()[0].status == "running"
        age_beats(store_url, 6000)
        assert store.runs()[0].status == "lost"
        assert store.versions("digits")[session.run_id][1] == "lost"
        session.beat()
        assert store.runs()[0].status == "running"
        assert store.versions("digits")[session.run_id][1] == "running"

    def test_any_session_s_beat_keeps_the_run_alive(self, store: Store, store_url: str) -> None:
        first = Session(store)
        first.ship()
        Session(store, first.run_id, resume="allow").ship()
        age_beats(store_url, LOST_AFTER_MS + 1000)
        first.beat()
        assert store.runs()[0].status == "running"

    @pytest.mark.parametrize("status", ["finished", "failed", "interrupted"])
    def test_a_run_that_ended_is_never_lost(self, store: Store, store_url: str, status: str) -> None:
        Session(store).ship(status=status)
        age_beats(store_url, LOST_AFTER_MS * 2)
        assert store.runs()[0].status == status

    def test_what_is_left_over_is_no_sign_of_life(self, store: Store) -> None:
        session = Session(store)
        session.ship(rows([1.0]), beat_ms=0)
        assert store.runs()[0].status == "lost"
        session.ship(rows([2.0], first=1))
        assert store.runs()[0].status == "running"

    def test_the_newest_session_decides(self, store: Store) -> None:
        start = now_ms()
        first = Session(store, created_ms=start)
        first.ship(status="failed", exception="ValueError")
        second = Session(store, first.run_id, created_ms=start + 1, resume="allow")
        second.ship()
        assert (store.runs()[0].status, store.runs()[0].exception) == ("running", None)
        first.ship(status="interrupted")
        assert store.runs()[0].status == "running"
        second.ship(status="finished")
        assert store.runs()[0].status == "finished"


class TestVersions:
    def test_they_grow_with_content_and_not_with_a_bare_beat(self, store: Store) -> None:
        session = Session(store)
        other = Session(store, project="other")
        other.ship()

        def version() -> int:
            return store.versions("digits")[session.run_id][0]

        session.ship(rows([1.0]))
        assert store.versions("digits") == {session.run_id: (1, "running")}
        session.ship()
        session.beat()
        assert version() == 1
        contents = [
            {"points": rows([2.0], first=1)},
            {"config": {"a": 1}},
            {"summary": {"a": 1}},
            {"notes": "x"},
            {"tags": ("t",)},
            {"status": "finished"},
        ]
        for number, content in enumerate(contents, 2):
            batch = session.batch(**content)
            session.offset = store.ship(batch).offset
            store.ship(batch)
            assert version() == number == store.runs("digits")[0].version


class TestFindRun:
    def test_by_id_and_by_project_and_name(self, store: Store) -> None:
        session = Session(store, project="team/digits", name="lr/0.1")
        session.ship()
        for reference in (id_text(session.run_id), id_text(session.run_id).upper(), "team/digits/lr/0.1"):
            assert store.find_run(reference).run_id == session.run_id

    @pytest.mark.parametrize("reference", ["", "nothing", "digits/none", "/", "0000000000000", "'"])
    def test_none_is_said_so(self, store: Store, reference: str) -> None:
        Session(store).ship()
        with pytest.raises(NotFound, match="there is no run"):
            store.find_run(reference)

    def test_several_are_listed(self, store: Store) -> None:
        twins = [Session(store), Session(store)]
        for twin in twins:
            twin.ship()
        with pytest.raises(NotFound) as error:
            store.find_run("digits/run")
        assert all(id_text(t.run_id) in str(error.value) for t in twins)


class TestPoints:
    def test_only_what_is_there_and_asked_for(self, store: Store) -> None:
        first, second = Session(store), Session(store)
        first.ship(rows([1.0], "a") + rows([2.0], "b"))
        second.ship(rows([3.0], "b") + rows([4.0], "a"))
        keys = [(first.run_id, "a"), (second.run_id, "b"), (first.run_id, "none"), (new_id(), "a")]
        found = store.points(keys)
        assert {k: s.value.tolist() for k, s in found.items()} == {keys[0]: [1.0], keys[1]: [3.0]}
        assert [found[k].name for k in keys[:2]] == ["a", "b"]
        assert store.points(keys[:1] * 3).keys() == {keys[0]}

    def test_many_series_at_once(self, store: Store) -> None:
        sessions = [Session(store, name=str(i)) for i in range(5)]
        for n, session in enumerate(sessions):
            session.ship([row(s, n * 1000 + s, f"m{i}") for s in range(20) for i in range(10)])
        keys = [(s.run_id, f"m{i}") for s in sessions for i in range(10)]
        found = store.points(keys)
        assert len(found) == 50
        for n, session in enumerate(sessions):
            assert found[session.run_id, "m3"].value.tolist() == [n * 1000 + s for s in range(20)]

    def test_each_comes_as_logged_whatever_it_shares_with_others(self, store: Store) -> None:
        inf, nan = math.inf, math.nan
        plain = [(2 * s, s / 3, s / 2, s * 10) for s in range(10)]  # step, value, epoch, elapsed_ms

        def but(at: int, step: int, value: float, epoch: float | None, elapsed_ms: int) -> list[Any]:
            return [*plain[:at], (step, value, epoch, elapsed_ms), *plain[at + 1 :]]

        beside: dict[str, list[Any]] = {
            "other epoch": but(4, 8, 0.0, 2.125, 40),
            "no epoch": but(4, 8, 0.0, None, 40),
            "never an epoch": [(s, v, None, t) for s, v, _, t in plain],
            "other time": but(4, 8, 0.0, 2.0, 41),
            "other step": but(4, 9, 0.0, 2.0, 40),
            "a gap": [*plain[:4], *plain[5:]],
            "odd values": [
                (s, v, e, t)
                for (s, _, e, t), v in zip(plain, [nan, inf, -inf, -0.0, 5e-324] * 2, strict=True)
            ],
            **{f"together{i}": [(s, v + i, e, t) for s, v, e, t in plain] for i in range(20)},
        }
        runs = [{"plain": plain, name: points} for name, points in beside.items()]
        for logged in [*runs, {"plain": plain, **beside}]:
            session = Session(store)
            session.ship(
                [
                    row(s, v, name, epoch=e, elapsed_ms=t)
                    for name, points in logged.items()
                    for s, v, e, t in points
                ]
            )
            at_once = store.points([(session.run_id, name) for name in logged])
            for (_, name), found in at_once.items():
                columns = zip(found.step, found.value, found.epoch, found.elapsed_ms, strict=True)
                assert repr([tuple(x.item() for x in point) for point in columns]) == repr(
                    [(s, v + 0.0, nan if e is None else float(e), t) for s, v, e, t in sorted(logged[name])]
                ), name

    def test_arrays_can_be_written_to(self, store: Store) -> None:
        session = Session(store)
        session.ship(rows([1.0, 2.0]) + rows([3.0, 4.0], "other"))
        keys = [(session.run_id, name) for name in ("loss", "other")]
        found = store.points(keys)
        for column in ("step", "value", "epoch", "elapsed_ms"):
            getattr(found[keys[0]], column)[:] = 9
        assert found[keys[1]].step.tolist() == found[keys[1]].elapsed_ms.tolist() == [0, 1]
        assert values(store, session.run_id) == {0: 1.0, 1: 2.0}

    def test_more_names_than_one_statement_takes(self, store: Store) -> None:
        session = Session(store)
        session.ship([row(0, float(i), f"layer{i}") for i in range(3000)])
        keys = [(session.run_id, f"layer{i}") for i in range(3000)]
        assert [s.value[0] for s in store.points(keys).values()] == [
            float(keys.index(k)) for k in store.points(keys)
        ]
        assert [r.name for r in store.series([session.run_id])[session.run_id]] == [n for _, n in keys]


class TestThreads:
    def test_a_store_is_shared_by_threads_and_nobody_sees_half_a_batch(self, store: Store) -> None:
        sessions = [Session(store, name=str(i)) for i in range(3)]
        sessions[0].ship(rows([0.0] * 4))
        stop = threading.Event()
        seen: list[set[float]] = []
        troubles: list[BaseException] = []

        def write(session: Session) -> None:
            for turn in range(1, 16):
                session.ship(rows([float(turn)] * 4, elapsed_ms=turn))

        def read() -> None:
            while not stop.is_set():
                seen.append(set(values(store, sessions[0].run_id).values()))

        def guarded(work, *arguments) -> threading.Thread:  # type: ignore[no-untyped-def]
            def run() -> None:
                try:
                    work(*arguments)
                except BaseException as error:
                    troubles.append(error)

            thread = threading.Thread(target=run)
            thread.start()
            return thread

        readers = [guarded(read) for _ in range(2)]
        for writer in [guarded(write, s) for s in sessions]:
            writer.join()
        stop.set()
        for reader in readers:
            reader.join()
        assert troubles == []
        assert all(len(s) == 1 for s in seen)
        assert {s.name: values(store, s.run_id) for s in store.runs()} == {
            str(i): dict.fromkeys(range(4), 15.0) for i in range(3)
        }
