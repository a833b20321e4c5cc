"""`log`: steps, names, mistakes at the caller's own line, and what becomes of them."""

from __future__ import annotations

import math
import traceback
import warnings
from typing import Any

import numpy as np
import pytest

import tracker
from tests.support.process import Home
from tracker.errors import TrackerError, TrackerWarning


def stored(home: Home, name: str = "loss") -> dict[int, float]:
    tracker.finish()
    home.settle()
    return home.values(name)


def epochs(home: Home, name: str = "loss") -> list[float]:
    run_id = home.only_run().run_id
    return list(home.store().points([(run_id, name)])[run_id, name].epoch.tolist())


def test_steps_are_counted_from_zero(home: Home) -> None:
    tracker.init(mode="offline")
    for i in range(4):
        tracker.log({"loss": float(i)})
    assert stored(home) == {0: 0.0, 1: 1.0, 2: 2.0, 3: 3.0}


def test_a_whole_epoch_is_the_step_and_a_fractional_one_is_not(home: Home) -> None:
    tracker.init(mode="offline")
    tracker.log(loss=1.0, epoch=5)
    tracker.log({"loss": 2.0, "epoch": 7})
    tracker.log({"loss": 3.0}, epoch=np.int64(9))
    tracker.log({"loss": 4.0}, epoch=9.5)
    tracker.log({"loss": 5.0, "step": 40}, epoch=10.5)
    tracker.log({"loss": 6.0, "step": 1, "epoch": 2}, step=50, epoch=11)
    assert stored(home) == {5: 1.0, 7: 2.0, 9: 3.0, 0: 4.0, 40: 5.0, 50: 6.0}
    assert sorted(epochs(home)) == [5.0, 7.0, 9.0, 9.5, 10.5, 11.0]


def test_order_repeats_and_odd_values_are_kept(home: Home) -> None:
    tracker.init(mode="offline")
    for step, value in ((5, 1.0), (2, math.nan), (9, -math.inf), (5, 3.0), (0, -0.0)):
        tracker.log(loss=value, step=step)
    got = stored(home)
    assert list(got) == [0, 2, 5, 9]
    assert math.isnan(got.pop(2))
    assert got == {0: 0.0, 5: 3.0, 9: -math.inf}


def test_commit_false_shares_the_step_of_the_next_call(home: Home) -> None:
    tracker.init(mode="offline")
    tracker.log({"a": 1.0}, commit=False)
    tracker.log({"b": 2.0})
    tracker.log({"a": 3.0})
    tracker.finish()
    home.settle()
    assert home.values("a") == {0: 1.0, 1: 3.0}
    assert home.values("b") == {0: 2.0}


def test_an_empty_call_takes_no_step(home: Home) -> None:
    tracker.init(mode="offline")
    tracker.log({})
    tracker.log()
    tracker.log({"epoch": 3})
    tracker.log(loss=1.0)
    assert stored(home) == {0: 1.0}


def test_what_was_accepted_is_what_is_stored(home: Home) -> None:
    tracker.init(mode="offline")
    value, values = np.array(1.0), {"loss": 0.0}
    tracker.log({"x": value})
    value[()] = 9.0
    for i in range(3):
        values["loss"] = float(i)
        tracker.log(values)
    values["loss"] = 99.0
    assert stored(home, "x") == {0: 1.0}
    assert home.values() == {1: 0.0, 2: 1.0, 3: 2.0}


def test_names_that_are_words_of_the_call(home: Home) -> None:
    tracker.init(mode="offline")
    tracker.log(data=1.0, self=2.0)
    tracker.finish()
    home.settle()
    assert home.values("data") == {0: 1.0}
    assert home.values("self") == {0: 2.0}


def test_a_call_with_very_many_names(home: Home) -> None:
    run = tracker.init(mode="offline")
    tracker.log({f"m{i}": float(i) for i in range(12_001)}, step=3)
    assert run.stats().logged == 12_001
    assert stored(home, "m12000") == {3: 12_000.0}


MISTAKES: list[tuple[tuple[Any, ...], dict[str, Any], type[Exception], str]] = [
    (("loss",), {}, TypeError, "dict"),
    ((0.5,), {}, TypeError, "log(loss=0.5)"),
    (([("loss", 1.0)],), {}, TypeError, "dict"),
    ((), {"loss": "0.3"}, TypeError, "'loss'"),
    ((), {"loss": None}, TypeError, "'loss'"),
    (({"good": 1.0, "loss": [1.0]},), {}, TypeError, "'loss'"),
    (({"loss": np.zeros(3)},), {}, TypeError, "'loss'"),
    (({"loss": 1j},), {}, TypeError, "'loss'"),
    (({"loss": {"a": 1}},), {}, TypeError, "'loss/loss'"),
    (({"a\nb": 1.0},), {}, ValueError, "control"),
    (({"": 1.0},), {}, ValueError, "name"),
    (({3: 1.0},), {}, TypeError, "'3'"),
    (({"x" * 513: 1.0},), {}, ValueError, "512"),
    ((), {"good": 1.0, "step": -1}, ValueError, "step"),
    ((), {"good": 1.0, "step": 0.5}, ValueError, "step"),
    ((), {"good": 1.0, "step": True}, TypeError, "step"),
    (({"good": 1.0, "step": "3"},), {}, TypeError, "step"),
    ((), {"good": 1.0, "epoch": math.nan}, ValueError, "epoch"),
    ((), {"good": 1.0, "epoch": "3"}, TypeError, "epoch"),
]


@pytest.mark.parametrize("which", ["module", "run"])
@pytest.mark.parametrize(("given", "keywords", "kind", "said"), MISTAKES, ids=lambda v: repr(v)[:40])
def test_a_mistake_is_raised_at_the_callers_line_and_stores_nothing(
    which: str, given: tuple[Any, ...], keywords: dict[str, Any], kind: type[Exception], said: str
) -> None:
    run = tracker.init(mode="offline")
    log = tracker.log if which == "module" else run.log
    with pytest.raises(kind) as caught:
        log(*given, **keywords)
    assert type(caught.value) is kind
    assert said in str(caught.value)
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert [frame.name for frame in frames][-1] == "log"
    assert len(frames) == 2
    assert run.stats().logged == 0


@pytest.mark.parametrize(("given", "keywords", "kind", "said"), MISTAKES, ids=lambda v: repr(v)[:40])
def test_a_mistake_only_warns_when_asked_and_the_good_keys_stay(
    given: tuple[Any, ...], keywords: dict[str, Any], kind: type[Exception], said: str
) -> None:
    run = tracker.init(mode="offline", on_error="warn")
    with pytest.warns(TrackerWarning) as caught:
        tracker.log(*given, **keywords)
    assert len(caught) == 1
    assert said in str(caught[0].message)
    assert caught[0].filename == __file__
    good = {**(given[0] if given and isinstance(given[0], dict) else {}), **keywords}
    assert run.stats().logged == ("good" in good)


def test_an_integer_beyond_float_precision_warns_once() -> None:
    tracker.init(mode="offline")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tracker.log(big=2**60)
        tracker.log(big=2**60 + 1)
    assert ["2**53" in str(w.message) for w in caught] == [True]


def test_logging_to_a_finished_run_is_a_mistake() -> None:
    with tracker.Run(mode="offline") as run:
        run.log(loss=1.0)
    with pytest.raises(TrackerError, match="is finished"):
        run.log(loss=2.0)


def test_disabled_logging_checks_nothing_and_costs_nothing(home: Home) -> None:
    run = tracker.init(mode="disabled", config={"a": 1})
    run.log("whatever")  # type: ignore[arg-type]
    run.config["b"] = 2
    assert run.config == {"a": 1, "b": 2}
    assert run.stats().logged == 0
    assert home.files() == []


def test_media_of_other_trackers_are_left_out_with_one_warning(home: Home) -> None:
    tracker.init(mode="offline")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tracker.log({"loss": 1.0, "picture": tracker.Image([[0]], caption="x")})
        tracker.log({"loss": 2.0, "table": tracker.Table(columns=["a"])})
    assert len(caught) == 1
    assert "media are not kept" in str(caught[0].message)
    assert stored(home) == {0: 1.0, 1: 2.0}


def test_logging_from_a_signal_handler_and_from_del(home: Home) -> None:
    home.good("""
        import gc, signal, tracker
        run = tracker.init(mode="offline")
        class Late:
            def __init__(self):
                self.self = self
            def __del__(self):
                run.log(collected=1.0)
        signal.signal(signal.SIGALRM, lambda *_: run.log(alarm=1.0))
        signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
        gc.set_threshold(5)
        for i in range(20_000):
            run.log(loss=float(i), step=i)
            if i % 100 == 0:
                Late()
        signal.setitimer(signal.ITIMER_REAL, 0)
        gc.collect()
    """)
    home.settle()
    assert home.values() == {i: float(i) for i in range(20_000)}
    assert len(home.values("alarm")) > 10
    assert len(home.values("collected")) == 200
