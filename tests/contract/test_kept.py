"""What every store keeps of points, and what it tells of each series without reading them."""

from __future__ import annotations

import math
import random

import pytest

from tests.contract.prepared import postgres_url, sqlite_url  # noqa: F401
from tests.support.sessions import Session, row, rows, values
from tracker.model import MetricDefinition
from tracker.store import Store
from tracker.store.base import Points


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
