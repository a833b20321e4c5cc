"""The clock jumps, the machine sleeps, steps come in any order, a run is resumed: what was logged last stays."""

from __future__ import annotations

import math
import random
import signal
import time

import pytest

from tests.support.process import Home
from tracker.journal.recovery import left_over, recover
from tracker.store import fetching, sql

RUN = "0123456789abc"

FALSE_CLOCK = """
import time
ahead = [0.0]
true_time, true_time_ns = time.time, time.time_ns
time.time = lambda: true_time() + ahead[0]
time.time_ns = lambda: true_time_ns() + int(ahead[0] * 1e9)
"""
"""`ahead[0] = -3600` sets this process's clock back by an hour."""


# ----------------------------------------------------------------------------------------------------- the clock jumps


def test_a_clock_that_jumps_back_while_a_run_logs_changes_nothing(any_home: Home) -> None:
    """The later call wins although its hour is the earlier one, and the run's time never goes back."""
    any_home.good(
        FALSE_CLOCK
        + """
import tracker
run = tracker.init()
for i in range(100):
    tracker.log(loss=1.0, step=i)
    time.sleep(0.001)
    if i == 50:
        run.flush(30)
ahead[0] = -86_400.0
for i in range(100):
    tracker.log(loss=2.0, step=i)
    tracker.log(after=1.0, step=i)
assert run.flush(30)
ahead[0] = -2 * 86_400.0
tracker.log(loss=3.0, step=0)
tracker.finish()
"""
    )
    run = any_home.only_run()
    assert any_home.values() == {0: 3.0, **dict.fromkeys(range(1, 100), 2.0)}
    points = any_home.store().points([(run.run_id, "after")])[run.run_id, "after"]
    assert (points.elapsed_ms[1:] >= points.elapsed_ms[:-1]).all()
    assert points.elapsed_ms[0] >= 0
    assert 0 <= run.duration_ms < 60_000
    assert run.status == "finished"


def test_a_clock_that_jumps_between_sessions_lets_the_newest_one_win(any_home: Home) -> None:
    script = (
        FALSE_CLOCK
        + """
import sys, tracker
ahead[0] = 3600.0 * float(sys.argv[1])
run = tracker.init(id=sys.argv[3], resume="allow")
for i in range(5):
    tracker.log(loss=float(sys.argv[2]), epoch=i)
    time.sleep(0.002)
tracker.finish()
"""
    )
    for value, hours in enumerate(("0", "24", "-24")):
        any_home.good(script, hours, str(value), RUN)
        assert any_home.values() == dict.fromkeys(range(5), float(value))
    run = any_home.only_run()
    points = any_home.store().points([(run.run_id, "loss")])[run.run_id, "loss"]
    assert (points.elapsed_ms[1:] >= points.elapsed_ms[:-1]).all()
    assert run.duration_ms >= int(points.elapsed_ms[-1])


# ------------------------------------------------------------------------------------------------- the machine sleeps


def test_a_run_that_sleeps_is_lost_until_its_next_beat(
    any_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped for more than three beats, as a laptop that is closed; both are made short here."""
    for room in (sql, fetching):
        monkeypatch.setattr(room, "LOST_AFTER_MS", 900)
    process = any_home.start(
        """
        import sys, time, tracker
        from tracker.journal import shipper
        shipper.BEAT_S = 0.1
        run = tracker.init()
        tracker.log(loss=1.0)
        assert run.flush(30)
        print("beating", flush=True)
        sys.stdin.readline()
        tracker.log(loss=2.0)
        """
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "beating\n"
    store = any_home.store()

    def becomes(status: str) -> bool:
        deadline = time.monotonic() + 30
        while (found := any_home.only_run().status) != status and time.monotonic() < deadline:
            time.sleep(0.05)
        return found == status

    assert becomes("running")
    version = store.versions("default")
    process.send_signal(signal.SIGSTOP)
    assert becomes("lost")
    assert any_home.values() == {0: 1.0}
    # Somebody else's recovery leaves the journal of a process that only sleeps to it.
    assert left_over() == []
    assert recover(store, any_home.url).journals == 0
    process.send_signal(signal.SIGCONT)
    assert becomes("running")
    assert store.versions("default").keys() == version.keys()
    _, err = process.communicate("\n", timeout=60)
    assert process.returncode == 0, err
    assert "Warning" not in err
    assert any_home.values() == {0: 1.0, 1: 2.0}
    assert any_home.only_run().status == "finished"


# ------------------------------------------------------------------------------------------------ odd values and steps


def test_odd_values_and_steps_in_any_order_are_kept(any_home: Home) -> None:
    steps = list(range(2_000))
    random.Random(7).shuffle(steps)
    any_home.good(
        """
        import math, sys, tracker
        tracker.init()
        steps = [int(s) for s in sys.argv[1].split()]
        for s in steps:
            tracker.log(loss=-1.0, step=s)
        for s in reversed(steps):
            tracker.log(loss=float(s), step=s)
        for s, v in enumerate([math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308, 2**53]):
            tracker.log(odd=v, step=s)
        """,
        " ".join(map(str, steps)),
    )
    assert any_home.values() == {s: float(s) for s in range(2_000)}
    odd = any_home.values("odd")
    assert math.isnan(odd[0])
    assert (odd[1], odd[2]) == (math.inf, -math.inf)
    assert (odd[3], math.copysign(1, odd[3])) == (0.0, 1.0)
    assert (odd[4], odd[5], odd[6]) == (5e-324, 1.7976931348623157e308, 2.0**53)
    series = {s.name: s for s in any_home.store().series([any_home.only_run().run_id]).popitem()[1]}
    assert (series["loss"].count, series["odd"].count) == (2_000, 7)
    assert any_home.only_run().status == "finished"


# ------------------------------------------------------------------------------------------------------------ resumed


def test_the_journal_of_a_killed_session_sent_last_undoes_nothing(home: Home) -> None:
    """Epochs 0 to 3 arrive, 4 to 7 stand in the journal of a process that is killed; 5 to 9 are trained again."""
    process = home.start(
        f"""
        import sys, time, tracker
        run = tracker.init(id={RUN!r})
        for i in range(4):
            tracker.log(loss=float(i), epoch=i)
        tracker.log(free=1.0)
        assert run.flush(30)
        print("stored", flush=True)
        sys.stdin.readline()
        for i in range(4, 8):
            tracker.log(loss=float(i), epoch=i)
        tracker.log(free=2.0)
        print("logged", flush=True)
        time.sleep(60)
        """
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "stored\n"
    with home.locked():
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "logged\n"
        process.kill()
        process.communicate()
    # The old journal is on a disk that the second session does not see.
    away = home.folder / "away"
    away.mkdir()
    for path in home.journals.iterdir():
        path.rename(away / path.name)
    home.good(
        f"""
        import tracker
        run = tracker.init(id={RUN!r}, resume="must")
        for i in range(5, 10):
            tracker.log(loss=100.0 + i, epoch=i)
        tracker.log(free=3.0)
        """
    )
    for path in away.iterdir():
        path.rename(home.journals / path.name)
    recovered = recover(home.store(), home.url)
    assert (recovered.journals, recovered.failed) == (1, [])
    assert home.values() == {**{i: float(i) for i in range(5)}, **{i: 100.0 + i for i in range(5, 10)}}
    run = home.only_run()
    assert (run.status, run.id) == ("finished", RUN)
    series = {s.name: s for s in home.store().series([run.run_id])[run.run_id]}
    assert series["loss"].count == 10
    assert home.files() == []
