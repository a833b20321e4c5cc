"""Long series in buckets, growing ones by what is new: always what the points say, on both engines."""

from __future__ import annotations

import math
import random
import threading
from typing import Any

import numpy as np
import pytest
from sqlalchemy import create_engine, make_url, select

from tests.contract.long_series import FEW, N, check, check_all, kept_rows, log, window
from tests.contract.prepared import postgres_url, sqlite_url  # noqa: F401
from tests.support.sessions import Session, row
from tracker.model import Overview
from tracker.store import Store, open_store, preview, tables, windowing
from tracker.store.windows import LONG

"""What counts as long here, but for one test: what is written takes most of the time."""


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windowing, "LONG", FEW)


class TestLongSeries:
    def test_buckets_say_what_the_points_say_whatever_is_written_next(
        self, store: Store, store_url: str
    ) -> None:
        session = Session(store)
        log(session, range(0, 2 * N, 2))
        check_all(store, session.run_id)
        before = kept_rows(store_url)
        assert before >= 3 * (N // 4096)
        log(session, range(2 * N, 2 * N + 9_000))
        check_all(store, session.run_id)
        assert kept_rows(store_url) > before
        log(session, [5, 7, 20_001, 20_003], [90.0, math.nan, -70.0, math.inf], at_ms=10**7)
        check_all(store, session.run_id)
        log(session, range(1, 12_001, 2), at_ms=10**7)
        check_all(store, session.run_id)
        log(session, range(26_666, 26_676), [math.inf] * 10, at_ms=10**8)
        log(session, [26_670], [0.5], at_ms=10**9)
        check_all(store, session.run_id)

    def test_points_before_the_first_are_taken_in(self, store: Store) -> None:
        session = Session(store)
        log(session, range(N, 2 * N))
        window(store, session.run_id)
        log(session, range(N - 50, N), at_ms=10**6)
        check_all(store, session.run_id)

    def test_only_the_blocks_that_a_late_point_falls_into_are_made_again(
        self, store: Store, store_url: str
    ) -> None:
        session = Session(store)
        log(session, range(N))
        window(store, session.run_id)
        engine = create_engine(make_url(store_url))
        p = tables.preview.c
        with engine.begin() as connection:
            blocks = connection.execute(select(p.block).where(p.level == 3).order_by(p.block)).scalars().all()
            # what is not made again shows in the answer
            connection.execute(tables.preview.update().where(p.level == 1).values(buckets=b"spoilt"))
        engine.dispose()
        log(session, [blocks[2] + 5], [77.0], at_ms=10**7)
        assert window(store, session.run_id, buckets=16).value.tolist().count(77.0) == 1
        engine = create_engine(make_url(store_url))
        with engine.connect() as connection:
            query = select(p.block).where(p.level == 1, p.buckets != b"spoilt")
            assert connection.execute(query).scalars().all() == [blocks[2]]
        engine.dispose()

    def test_what_lies_just_outside_hides_nothing_that_lies_at_the_edge(self, store: Store) -> None:
        odd = {1: math.nan, 2: 100.0, 5: 10.0, 7: math.nan, 12_000: math.nan, 12_001: 5.0, 12_003: 50.0}
        session = Session(store)
        log(session, range(N), [odd.get(step, 1.0) for step in range(N)])
        for buckets in (100_000, 500, 16):
            shown = window(store, session.run_id, (4, 12_001), buckets=buckets)
            assert isinstance(shown, Overview)
            assert {5: 10.0, 12_001: 5.0}.items() <= dict(zip(shown.step, shown.value, strict=True)).items()
            assert shown.step[np.isnan(shown.value)].tolist() == [7, 12_000]
            assert (shown.step[0], shown.step[-1], shown.points) == (4, 12_001, 11_998)

    def test_a_run_that_is_purged_meanwhile_is_left_out(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        session, other = Session(store), Session(store)
        log(session, range(FEW + 1))
        other.ship([row(0, 1.0)])
        session.ship(status="finished")
        fold = type(store)._fold  # type: ignore[attr-defined]

        def meanwhile(self: Store, *series: object) -> None:
            store.delete([session.run_id])
            assert store.purge(2**60) == 1
            fold(self, *series)

        monkeypatch.setattr(type(store), "_fold", meanwhile)
        asked = [(session.run_id, "loss"), (other.run_id, "loss")]
        assert list(store.window(dict.fromkeys(asked), rows=FEW)) == [asked[1]]

    def test_all_blocks_are_read_once_however_many_are_folded(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(preview, "BLOCKS_AT_ONCE", 1)
        session = Session(store)
        log(session, range(N))
        looks: list[int] = []
        honest = preview.standing
        monkeypatch.setattr(preview, "standing", lambda *given: looks.append(1) or honest(*given))
        store.fold_long()
        assert len(looks) == 2  # whether something is due, and once under the lock
        monkeypatch.undo()
        monkeypatch.setattr(windowing, "LONG", FEW)
        check_all(store, session.run_id)

    @pytest.mark.parametrize("between", ["late", "later", "somebody else"])
    def test_what_happens_between_two_folds_is_not_lost(
        self, store: Store, monkeypatch: pytest.MonkeyPatch, between: str
    ) -> None:
        monkeypatch.setattr(preview, "BLOCKS_AT_ONCE", 1)
        session = Session(store)
        log(session, range(N))
        fold_one = type(store)._fold_one  # type: ignore[attr-defined]
        turn = 0

        def meanwhile(self: Store, *given: Any) -> Any:
            nonlocal turn
            turn += 1
            done = fold_one(self, *given)
            if turn == 2 and between == "late":
                log(session, [9, 4_999], [90.0, math.nan], at_ms=10**7)
            elif turn == 2 and between == "later":
                log(session, range(N, N + 5_000))
            elif turn == 2:
                fold_one(self, *given)
            return done

        monkeypatch.setattr(type(store), "_fold_one", meanwhile)
        store.fold_long()
        check_all(store, session.run_id)

    def test_values_near_the_largest_have_a_mean(self, store: Store) -> None:
        session = Session(store)
        log(session, range(N), [1.7e308] * N)
        shown = window(store, session.run_id)
        assert isinstance(shown, Overview)
        assert shown.means.value == pytest.approx(1.7e308)

    def test_a_series_without_a_finite_value_is_shown(self, store: Store) -> None:
        session = Session(store)
        log(session, range(N), [math.nan] * N)
        shown = window(store, session.run_id)
        assert isinstance(shown, Overview)
        assert np.isnan(shown.value).all()
        assert shown.points == N

    def test_buckets_that_lie_are_found_and_made_anew(self, store: Store, store_url: str) -> None:
        session = Session(store)
        log(session, range(N))
        window(store, session.run_id)
        engine = create_engine(make_url(store_url))
        with engine.begin() as connection:  # what a version that knows no marks would do
            connection.execute(
                tables.point.insert().values(
                    run_id=session.run_id,
                    series_no=0,
                    step=10**6,
                    value=5.0,
                    kind=0,
                    epoch=None,
                    elapsed_ms=1,
                )
            )
            connection.execute(tables.point.delete().where(tables.point.c.step.between(10, 4_999)))
            connection.execute(tables.series.update().values(count=N - 4_990 + 1, last_step=10**6))
        engine.dispose()
        check_all(store, session.run_id)

    def test_they_can_be_made_before_anybody_looks(self, store: Store, store_url: str) -> None:
        session = Session(store)
        log(session, range(N))
        session.ship([row(0, 1.0, "short")])
        assert store.fold_long() == 1
        made = kept_rows(store_url)
        assert made > 0
        assert store.fold_long() == 1
        check_all(store, session.run_id)
        assert kept_rows(store_url) == made

    def test_a_store_that_takes_no_writes_shows_the_same(self, store: Store, store_url: str) -> None:
        session = Session(store)
        log(session, range(N))
        reader = open_store(store_url, readonly=True)
        check_all(reader, session.run_id)
        assert kept_rows(store_url) == 0
        window(store, session.run_id)
        log(session, [50, 51, 15_000], [8.0, math.nan, 9.0], at_ms=10**7)
        check_all(reader, session.run_id)
        reader.close()

    def test_writers_and_readers_at_once(self, store: Store, store_url: str) -> None:
        session = Session(store)
        log(session, range(0, 2 * N, 2))
        failed: list[BaseException] = []
        done = threading.Event()

        def write(seed: int) -> None:
            chance = random.Random(seed)
            other = Session(store, session.run_id, resume="allow")
            for turn in range(12):
                start = chance.randrange(0, 2 * N)
                steps = sorted(chance.sample(range(start, start + 3_000), 400))
                log(other, steps, [chance.gauss(0, 30) for _ in steps], at_ms=10**7 * (turn + 1))

        def read() -> None:
            reader = open_store(store_url)
            while not done.is_set():
                shown = window(reader, session.run_id, buckets=chance_of_level())
                assert isinstance(shown, Overview)
                assert (np.diff(shown.step) > 0).all()
                assert shown.points >= N
            reader.close()

        def chance_of_level() -> int:
            return random.choice((100_000, 1_000, 16))

        def caught(work: object, *given: object) -> None:
            try:
                work(*given)  # type: ignore[operator]
            except BaseException as error:
                failed.append(error)

        readers = [threading.Thread(target=caught, args=(read,)) for _ in range(2)]
        writers = [threading.Thread(target=caught, args=(write, seed)) for seed in range(3)]
        for thread in readers + writers:
            thread.start()
        for thread in writers:
            thread.join()
        done.set()
        for thread in readers:
            thread.join()
        assert failed == []
        check_all(store, session.run_id)

    def test_a_series_as_long_as_that(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.undo()
        session = Session(store)
        log(session, range(LONG))
        key = (session.run_id, "loss")
        assert not isinstance(store.window({key: None})[key], Overview)
        log(session, [LONG])
        check(store.window({key: None})[key], store.points([key])[key])

    def test_steps_far_apart(self, store: Store) -> None:
        session = Session(store)
        log(session, [s * 2**30 for s in range(N)], [float(s % 100) for s in range(N)])
        check_all(store, session.run_id)


class TestShortSeries:
    def test_it_comes_as_logged(self, store: Store) -> None:
        session = Session(store)
        log(session, range(1, 500))
        assert not isinstance(window(store, session.run_id), Overview)
        assert window(store, session.run_id, (10, 20)).step.tolist() == list(range(10, 21))
        assert len(window(store, session.run_id, (600, 700))) == 0
        assert store.window({(session.run_id, "nothing"): None, (1, "loss"): None}) == {}
        assert store.window({}) == {}
