"""What every store promises about writing: the sentences of tracker/store/base.py, on both engines."""

from __future__ import annotations

import math
import random

import pytest

from tests.support.sessions import Session, now_ms, row, rows, values
from tracker.errors import NotFound, Refused, RunClash, RunMissing, StoreUnavailable
from tracker.model import PALETTE_SIZE, Annotation, Diagnosis, MetricDefinition, new_id
from tracker.store import Store, open_store
from tracker.store.base import START, Batch, Offset, Points, Shipped


@pytest.fixture
def sqlite_url(copied_sqlite_url: str) -> str:
    return copied_sqlite_url


@pytest.fixture
def postgres_url(emptied_postgres_url: str) -> str:
    return emptied_postgres_url


class TestExactlyOnce:
    def test_a_batch_moves_the_offset_with_its_points(self, store: Store) -> None:
        session = Session(store)
        assert store.shipped(session.run_id, session.identity.session_id) is None
        shipped = session.ship(rows([3.0, 2.0, 1.0]))
        assert shipped == Shipped(Offset(0, 100), 0)
        assert store.shipped(session.run_id, session.identity.session_id) == shipped
        assert values(store, session.run_id) == {0: 3.0, 1: 2.0, 2: 1.0}

    def test_a_batch_sent_again_changes_nothing_and_is_told_where_to_go_on(self, store: Store) -> None:
        session = Session(store)
        alert = Annotation("alert", "slow", at_ms=5)
        batch = session.batch(rows([1.0, 2.0]), annotations=[alert])
        first = store.ship(batch)
        before = store.runs()
        assert [store.ship(batch) for _ in range(3)] == [first] * 3
        assert store.runs() == before
        assert store.annotations([session.run_id]) == {session.run_id: (alert,)}
        assert store.series([session.run_id])[session.run_id][0].count == 2

    @pytest.mark.parametrize("start", [Offset(0, 50), Offset(0, 101), Offset(1, 0)])
    def test_a_batch_from_elsewhere_in_the_journal_is_not_taken(self, store: Store, start: Offset) -> None:
        session = Session(store)
        session.ship(rows([1.0]))
        elsewhere = Batch(session.identity, start, Offset(2, 0), now_ms(), points=Points.of(rows([9.0])))
        assert store.ship(elsewhere).offset == Offset(0, 100)
        assert values(store, session.run_id) == {0: 1.0}

    def test_a_journal_that_the_store_has_never_seen_is_asked_for_from_its_start(self, store: Store) -> None:
        session = Session(store)
        session.offset = Offset(3, 7)
        assert session.ship(rows([1.0])) == Shipped(START, 0)
        assert store.runs() == []
        assert session.ship(rows([1.0])).offset == Offset(0, 100)

    def test_segments_follow_one_another(self, store: Store) -> None:
        session = Session(store)
        session.ship(rows([1.0]))
        batch = Batch(
            session.identity, session.offset, Offset(1, 20), now_ms(), points=Points.of(rows([2.0], first=1))
        )
        assert store.ship(batch).offset == Offset(1, 20)

    def test_answers_survive_a_new_connection(self, store: Store) -> None:
        session = Session(store)
        session.ship(rows([1.0]))
        store.close()
        assert store.shipped(session.run_id, session.identity.session_id) == Shipped(Offset(0, 100), 0)
        store.sync()
        assert values(store, session.run_id) == {0: 1.0}


class TestLaterLogWins:
    def test_within_a_batch_and_between_batches(self, store: Store) -> None:
        session = Session(store)
        session.ship([row(0, 1.0, elapsed_ms=1), row(0, 2.0, elapsed_ms=1)])
        assert values(store, session.run_id) == {0: 2.0}
        session.ship([row(0, 3.0, elapsed_ms=1)])
        assert values(store, session.run_id) == {0: 3.0}

    def test_within_a_session_the_journal_decides_even_when_two_threads_crossed(self, store: Store) -> None:
        session = Session(store)
        session.ship([row(0, 1.0, elapsed_ms=11)])
        session.ship([row(0, 2.0, elapsed_ms=10)])
        assert values(store, session.run_id) == {0: 2.0}

    def test_an_old_session_sent_late_never_undoes_a_newer_one(self, store: Store) -> None:
        start = now_ms()
        old = Session(store, created_ms=start)
        old.ship([row(0, 1.0, elapsed_ms=100)])
        new = Session(store, old.run_id, created_ms=start + 10_000, resume="allow")
        new.ship(
            [row(s, 20.0 + s, elapsed_ms=10_000 + s) for s in (1, 2, 3)],
            name="renamed",
            notes="second",
            tags=("b",),
            config={"lr": 2.0},
            summary={"best": 2},
        )
        old.ship(
            [row(s, 10.0 + s, elapsed_ms=200 + s) for s in (1, 2, 5)],
            name="late",
            notes="late",
            tags=("late",),
            config={"lr": 1.0, "seed": 1},
            summary={"best": 1, "worst": 9},
            status="failed",
            exception="ValueError",
        )
        assert values(store, old.run_id) == {0: 1.0, 1: 21.0, 2: 22.0, 3: 23.0, 5: 15.0}
        (run,) = store.runs()
        assert (run.status, run.exception) == ("running", None)
        assert (run.name, run.notes, run.tags) == ("renamed", "second", ("b",))
        assert (run.config, run.summary) == ({"lr": 2.0, "seed": 1}, {"best": 2, "worst": 9})
        record = store.series([old.run_id])[old.run_id][0]
        assert (record.count, record.last_step, record.last_value) == (5, 5, 15.0)
        assert (record.max_value, record.max_step) == (23.0, 3)

    def test_a_newer_session_replaces_what_it_logs_again(self, store: Store) -> None:
        old = Session(store)
        old.ship(rows([9.0, 8.0, 7.0]))
        new = Session(store, old.run_id, resume="must")
        new.ship(rows([1.0, 2.0], first=1, elapsed_ms=1000))
        assert values(store, old.run_id) == {0: 9.0, 1: 1.0, 2: 2.0}


class TestKeptAsLogged:
    def test_values_of_every_kind(self, store: Store) -> None:
        logged = [math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308, 0.1, -1e-300]
        session = Session(store)
        session.ship(rows(logged))
        series = store.points([(session.run_id, "loss")])[session.run_id, "loss"]
        assert [repr(v) for v in series.value.tolist()] == [repr(0.0 if v == 0 else v) for v in logged]
        assert math.copysign(1, series.value[3]) == 1
        assert str(series.value.dtype) == str(series.epoch.dtype) == "float64"
        assert str(series.step.dtype) == str(series.elapsed_ms.dtype) == "int64"

    def test_steps_in_any_order_come_back_in_step_order(self, store: Store) -> None:
        steps = [*range(300), 2**40, 2**61]
        random.Random(3).shuffle(steps)
        session = Session(store)
        for start in range(0, len(steps), 50):
            session.ship(
                [
                    row(s, s / 7, epoch=s / 4, elapsed_ms=i)
                    for i, s in enumerate(steps[start : start + 50], start)
                ]
            )
        series = store.points([(session.run_id, "loss")])[session.run_id, "loss"]
        assert series.step.tolist() == sorted(steps)
        assert series.value.tolist() == [s / 7 for s in sorted(steps)]
        assert series.epoch.tolist() == [s / 4 for s in sorted(steps)]
        assert series.elapsed_ms.tolist() == [steps.index(s) for s in sorted(steps)]

    def test_an_epoch_that_was_not_logged_is_nan(self, store: Store) -> None:
        session = Session(store)
        session.ship([row(0, 1.0), row(1, 1.0, epoch=0.5), row(2, 1.0, epoch=math.nan)])
        series = store.points([(session.run_id, "loss")])[session.run_id, "loss"]
        assert [repr(e) for e in series.epoch.tolist()] == ["nan", "0.5", "nan"]
        assert store.series([session.run_id])[session.run_id][0].last_epoch is None

    @pytest.mark.parametrize(
        "name", ["val/λόγος", "损失", "🙂", "a b", "x" * 512, "'; DROP TABLE point; --", "%s"]
    )
    def test_names_of_every_script(self, store: Store, name: str) -> None:
        session = Session(store, project=f"p {name}"[:200], name=name, tags=(name,), group=name, notes=name)
        session.ship([row(0, 1.0, name)], config={name: name})
        assert values(store, session.run_id, name) == {0: 1.0}
        (run,) = store.runs(f"p {name}"[:200])
        assert (run.name, run.tags, run.group, run.notes, run.config) == (
            name,
            (name,),
            name,
            name,
            {name: name},
        )


class TestSummariesFollow:
    def test_count_last_min_and_max(self, store: Store) -> None:
        session = Session(store)
        session.ship([row(i, v, epoch=i / 2) for i, v in enumerate([3.0, math.inf, 1.0, math.nan, 2.0])])
        (record,) = store.series([session.run_id])[session.run_id]
        assert (record.count, record.last_step, record.last_epoch, record.last_value) == (5, 4, 2.0, 2.0)
        assert (record.min_value, record.min_step, record.min_epoch) == (1.0, 2, 1.0)
        assert (record.max_value, record.max_step, record.max_epoch) == (3.0, 0, 0.0)

    def test_a_series_without_a_finite_value_has_no_extremes(self, store: Store) -> None:
        session = Session(store)
        session.ship(rows([math.nan, -math.inf]))
        (record,) = store.series([session.run_id])[session.run_id]
        assert (record.min_value, record.min_step, record.max_value, record.max_step) == (None,) * 4
        assert record.last_value == -math.inf

    @pytest.mark.parametrize("seed", range(6))
    def test_any_order_of_batches_gives_what_the_points_say(self, store: Store, seed: int) -> None:
        chance = random.Random(seed)
        runs = [Session(store, resume="allow")]
        runs.append(Session(store, runs[0].run_id, resume="allow"))
        for _ in range(12):
            pick = [chance.choice([math.nan, math.inf, -3.0, 0.0, 1.0, 2.0, 7.0]) for _ in range(6)]
            steps = [chance.randrange(15) for _ in pick]
            elapsed = sorted(chance.randrange(40) for _ in pick)
            chance.choice(runs).ship(
                [
                    row(s, v, chance.choice("ab"), epoch=s / 2, elapsed_ms=e)
                    for s, v, e in zip(steps, pick, elapsed, strict=True)
                ]
            )
        records = store.series([runs[0].run_id])[runs[0].run_id]
        for record in records:
            kept = values(store, record.run_id, record.name)
            finite = {s: v for s, v in kept.items() if math.isfinite(v)}
            last = max(kept)
            assert (record.count, record.last_step, repr(record.last_value)) == (
                len(kept),
                last,
                repr(kept[last]),
            )
            assert record.last_epoch == last / 2
            low = min(finite, key=lambda s: (finite[s], s), default=None)
            high = min(finite, key=lambda s: (-finite[s], s), default=None)
            assert (record.min_step, record.max_step) == (low, high)
            if low is not None and high is not None:
                assert (record.min_value, record.min_epoch) == (finite[low], low / 2)
                assert (record.max_value, record.max_epoch) == (finite[high], high / 2)

    def test_series_stand_in_the_order_of_their_first_log(self, store: Store) -> None:
        session = Session(store)
        defined = MetricDefinition(goal="min", split="val", metric="word error")
        session.ship(metrics={"wer": defined, "never": MetricDefinition(goal="max")})
        assert store.series([session.run_id]) == {}
        session.ship(rows([1.0], "b") + rows([1.0], "a"))
        session.ship(rows([1.0], "wer"))
        records = store.series([session.run_id])[session.run_id]
        assert [r.name for r in records] == ["b", "a", "wer"]
        assert [r.definition for r in records] == [MetricDefinition(), MetricDefinition(), defined]

    def test_a_definition_may_come_later_and_in_parts(self, store: Store) -> None:
        session = Session(store)
        session.ship(rows([1.0]))
        session.ship(metrics={"loss": MetricDefinition(goal="min")})
        session.ship(rows([2.0], first=1), metrics={"loss": MetricDefinition(split="val")})
        (record,) = store.series([session.run_id])[session.run_id]
        assert record.definition == MetricDefinition(goal="min", split="val")
        assert record.count == 2


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


class TestNeverHalf:
    BAD = {
        "a step below zero": {"points": [row(-1, 1.0)]},
        "a step beyond 64 bits": {"points": [row(2**64, 1.0)]},
        "a name with NUL": {"points": [row(0, 1.0, "a\0b")]},
        "a name with a lone surrogate": {"points": [row(0, 1.0, "a\ud800")]},
        "a name too long": {"points": [row(0, 1.0, "é" * 257)]},
        "no name": {"points": [row(0, 1.0, "")]},
        "a note with NUL": {"notes": "a\0"},
        "a tag too long": {"tags": ("t" * 5000,)},
        "a config key too long": {"config": {"k" * 5000: 1}},
        "an alert with NUL": {"annotations": [Annotation("alert", "a\0")]},
    }

    @pytest.mark.parametrize("what", BAD)
    def test_a_refused_batch_leaves_nothing_behind(self, store: Store, what: str) -> None:
        session = Session(store)
        bad = dict(self.BAD[what])
        points = rows([1.0], "good") + bad.pop("points", [])  # type: ignore[operator]
        with pytest.raises(Refused):
            session.ship(points, **{"summary": {"a": 1}, **bad})  # type: ignore[arg-type]
        assert (store.runs(), store.projects()) == ([], [])
        session.ship(rows([1.0]))
        before = store.runs()
        with pytest.raises(Refused):
            session.ship(points, **{"summary": {"a": 1}, **bad})  # type: ignore[arg-type]
        assert store.runs() == before
        assert values(store, session.run_id, "good") == {}
        assert session.ship(rows([2.0], first=1)).offset == Offset(0, 200)


class TestCalls:
    """Calls of many names, as training logs them, against the same points one by one."""

    @pytest.mark.parametrize("seed", range(4))
    def test_any_order_of_any_calls_is_kept_and_counted_exactly(self, store: Store, seed: int) -> None:
        chance = random.Random(seed)
        session = Session(store)
        kept: dict[str, dict[int, tuple[float, float | None]]] = {}
        for turn in range(6):
            count = chance.choice([1, 60, 130])
            steps = [turn * 50 + (i if turn % 2 else chance.randint(0, 150)) for i in range(count)]
            epochs = [chance.choice([None, s / 8]) for s in steps]
            names = [chance.choice([("a", "b"), ("a", "b"), ("b", "c", "a")]) for _ in steps]
            odd = [math.nan, math.inf, -math.inf] if turn == 4 else []
            values = [{n: chance.choice([*odd, -2.5, 0.0, 1.0, chance.random()]) for n in ns} for ns in names]
            elapsed = [turn * 1000 + i for i in range(count)]
            session.ship(Points(elapsed, steps, [False] * count, epochs, values))
            for step, epoch, logged in zip(steps, epochs, values, strict=True):
                for name, value in logged.items():
                    kept.setdefault(name, {})[step] = (value, epoch)
        found = store.points([(session.run_id, name) for name in kept])
        records = {r.name: r for r in store.series([session.run_id])[session.run_id]}
        for name, points in kept.items():
            series, record = found[session.run_id, name], records[name]
            assert series.step.tolist() == sorted(points)
            for step, value, epoch in zip(series.step, series.value, series.epoch, strict=True):
                expected = points[int(step)]
                assert repr((float(value), float(epoch))) == repr(
                    (expected[0], math.nan if expected[1] is None else expected[1])
                )
            finite = sorted((v, s) for s, (v, _) in points.items() if math.isfinite(v))
            top = max(v for v, _ in finite)
            assert (record.count, record.last_step) == (len(points), max(points))
            assert (record.min_value, record.min_step) == finite[0]
            assert (record.max_value, record.max_step) == next(p for p in finite if p[0] == top)


class TestDetails:
    def test_config_and_summary_are_merged_key_by_key_and_keep_their_types(self, store: Store) -> None:
        first = {
            "lr": 0.1,
            "opt": "adam",
            "depth": 3,
            "flag": True,
            "none": None,
            "big": 2**70,
            "list": [1, "a"],
        }
        session = Session(store, config=first)
        session.ship()
        session.ship(config={"lr": 0.2, "new": math.inf}, summary={"best": 1.5, "note": "äö\0\ud800"})
        session.ship(summary={"best": 2})
        (run,) = store.runs()
        assert run.config == {**first, "lr": 0.2, "new": math.inf}
        assert {k: type(v) for k, v in run.config.items()}["flag"] is bool
        assert run.summary == {"best": 2, "note": "äö\0\ud800"}

    def test_a_huge_config(self, store: Store) -> None:
        config = {f"layer.{i}.weight": f"{i:0100d}" for i in range(5000)} | {"text": "x" * 1_000_000}
        Session(store, config=config).ship()
        assert store.runs()[0].config == config

    def test_name_notes_tags_and_status_are_replaced(self, store: Store) -> None:
        session = Session(store, tags=("a", "b", "a"), notes="old", group="g")
        session.ship()
        assert (store.runs()[0].tags, store.runs()[0].group) == (("a", "b"), "g")
        session.ship(
            name="new", notes="", tags=("c", "b"), status="failed", exception="OSError", elapsed_ms=777
        )
        (run,) = store.runs()
        assert (run.name, run.notes, run.tags) == ("new", "", ("c", "b"))
        assert (run.status, run.exception, run.duration_ms) == ("failed", "OSError", 777)
        session.ship(tags=())
        assert store.runs()[0].tags == ()

    def test_annotations_stand_oldest_first(self, store: Store) -> None:
        notes = [
            Annotation("alert", "late", "b", step=7, epoch=1.5, at_ms=20),
            Annotation("note", "early", at_ms=10),
            Annotation("dismissal", "later", at_ms=30),
        ]
        session = Session(store)
        session.ship(annotations=notes[:2])
        session.ship(annotations=notes[2:])
        assert store.annotations([session.run_id, 5]) == {session.run_id: (notes[1], notes[0], notes[2])}


class TestDiagnosis:
    def test_newer_rules_or_data_replace_older_ones(self, store: Store) -> None:
        session = Session(store)
        session.ship()

        def keep(version: int, rules: int, sentence: str) -> tuple[int, str]:
            kept = Diagnosis("healthy", sentence, "epoch", rules_version=rules)
            store.keep_diagnosis(session.run_id, version, kept)
            at, found = store.diagnoses([session.run_id])[session.run_id]
            return at, found.sentence

        assert store.diagnoses([session.run_id]) == {}
        assert keep(2, 1, "a") == (2, "a")
        assert keep(1, 1, "b") == (2, "a")
        assert keep(2, 1, "c") == (2, "c")
        assert keep(3, 1, "d") == (3, "d")
        assert keep(2, 2, "e") == (2, "e")
        assert keep(9, 1, "f") == (2, "e")
        assert store.runs()[0].version == 1

    def test_a_run_that_is_not_there_has_none(self, store: Store) -> None:
        with pytest.raises(NotFound, match="no run"):
            store.keep_diagnosis(new_id(), 1, Diagnosis("healthy", "", "epoch"))


class TestWhoMayWrite:
    def test_a_readonly_store_reads_and_refuses_every_write(self, store: Store, store_url: str) -> None:
        session = Session(store)
        session.ship(rows([1.0]))
        reader = open_store(store_url, readonly=True)
        assert values(reader, session.run_id) == {0: 1.0}
        writes = [
            reader.prepare,
            reader.upgrade,
            lambda: reader.ship(session.batch(rows([2.0]))),
            lambda: reader.keep_diagnosis(session.run_id, 1, Diagnosis("healthy", "", "epoch")),
        ]
        for write in writes:
            with pytest.raises(StoreUnavailable, match="for reading only"):
                write()
        reader.close()

    def test_a_child_that_forgets_leaves_the_parents_connections_alone(self, store: Store) -> None:
        session = Session(store)
        session.ship(rows([1.0]))
        store.forget()
        session.ship(rows([2.0], first=1))
        assert values(store, session.run_id) == {0: 1.0, 1: 2.0}
