"""What `log()` returned for survives whatever ends the process."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest

from tests.support.process import Home
from tracker.journal.frames import decode
from tracker.journal.recovery import left_over, recover

ROUNDS = int(os.environ.get("TRACKER_TEST_KILLS", "10"))

LOGGING = """
    import os, sys, tracker
    run = tracker.init(project="kill", id=sys.argv[1])
    say = os.fdopen(1, "wb", buffering=0)
    for i in range(10**9):
        tracker.log(loss=i * 0.5)
        say.write(b"%d\\n" % i)
"""


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_sigkill_at_a_random_moment_loses_no_acknowledged_point(any_home: Home, seed: int) -> None:
    pause = random.Random(seed).uniform(0.0, 0.9)
    process = any_home.start(LOGGING, f"0000000000{seed:03d}")
    assert process.stdout is not None
    acknowledged = [process.stdout.readline()]
    deadline = time.monotonic() + pause
    while time.monotonic() < deadline:
        acknowledged.append(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    acknowledged += process.stdout.readlines()
    process.wait()
    said = [int(line) for line in acknowledged if line.endswith("\n")]

    store = any_home.store()
    store.prepare()
    recovered = recover(store, any_home.url)

    assert not recovered.failed
    stored = any_home.values()
    assert said == list(range(len(said)))
    assert all(stored[i] == i * 0.5 for i in said)
    # One call may have been written and not said; nothing else may stand in the store.
    assert len(stored) in (len(said), len(said) + 1)
    # A heartbeat may have arrived just before the kill: its process is known to be dead all the same.
    assert any_home.only_run().status == "lost"
    assert left_over(any_home.url) == []
    # A call that the kill cut in two was never acknowledged; its torn half, less than a frame, is kept aside.
    torn = [any_home.journals / name for name in any_home.files()]
    assert [path.suffix for path in torn] == [".corrupt"] * (len(torn) > 0)
    assert all(decode(path.read_bytes()) == [] and path.stat().st_size < 64 for path in torn)


@pytest.mark.parametrize(
    "death", ["os._exit(7)", "os.abort()", "os.kill(os.getpid(), 15)", "ctypes.string_at(0)"]
)
def test_a_process_that_dies_without_goodbye_leaves_its_points(home: Home, death: str) -> None:
    done = home.run(f"""
        import ctypes, os, tracker
        tracker.init(project="death")
        for i in range(50):
            tracker.log(loss=float(i))
        {death}
    """)
    assert done.returncode != 0
    home.good('import tracker; tracker.init(project="next").flush(30); tracker.finish()')
    runs = {r.project: r for r in home.store().runs()}
    recover(home.store(), home.url)
    assert home.values(run_id=runs["death"].run_id) == {i: float(i) for i in range(50)}


def test_the_next_init_sends_what_was_left(home: Home) -> None:
    home.run('import os, tracker; tracker.init(project="a"); tracker.log(loss=1.0); os._exit(1)')
    home.good("""
        import time, tracker
        run = tracker.init(project="b")
        for _ in range(200):
            time.sleep(0.05)
            if not __import__("tracker.journal.recovery", fromlist=["x"]).left_over():
                break
    """)
    assert {r.project for r in home.store().runs()} == {"a", "b"}


def test_a_program_that_ends_at_once_sends_what_was_left_too(home: Home) -> None:
    home.run('import os, tracker; tracker.init(project="a"); tracker.log(loss=1.0); os._exit(1)')
    home.good('import tracker; tracker.init(project="b"); tracker.log(loss=2.0); tracker.finish()')
    assert {r.project for r in home.store().runs()} == {"a", "b"}


def test_a_journal_of_another_store_is_left_alone(home: Home) -> None:
    other = f"sqlite:///{home.folder}/other.db"
    home.run("import os, tracker; tracker.init(); tracker.log(loss=1.0); os._exit(1)", TRACKER_URL=other)
    store = home.store()
    store.prepare()
    assert recover(store, home.url).journals == 0
    assert [left.store for left in left_over()] == [other]


def test_recovery_may_be_repeated(home: Home) -> None:
    home.good('import tracker; tracker.init(mode="offline"); [tracker.log(loss=float(i)) for i in range(7)]')
    journal = [p for p in home.journals.iterdir() if p.suffix == ".journal"]
    kept = {p: p.read_bytes() for p in journal}
    store = home.store()
    store.prepare()
    assert recover(store, home.url).points == 7
    for path, data in kept.items():
        path.write_bytes(data)
    again = recover(store, home.url)
    assert (again.journals, again.points) == (1, 0)
    assert home.values() == {i: float(i) for i in range(7)}
    assert home.only_run().status == "finished"


def test_a_killed_run_is_called_lost_by_the_next_start_at_once(any_home: Home) -> None:
    any_home.run("""
        import os, tracker
        run = tracker.init(project="killed")
        tracker.log(loss=1.0)
        run.flush(30)
        os.kill(os.getpid(), 9)
    """)
    assert any_home.only_run().status == "running"  # its last heartbeat was a moment ago
    any_home.good('import tracker; tracker.init(project="next").log(loss=1.0); tracker.finish()')
    assert {r.project: r.status for r in any_home.store().runs()} == {"killed": "lost", "next": "finished"}


def test_a_child_that_is_killed_does_not_make_its_parents_run_lost(home: Home) -> None:
    home.good("""
        import os, tracker
        run = tracker.init()
        tracker.log(loss=1.0)
        if os.fork() == 0:
            run.log(child=1.0)
            run.flush(30)
            os.kill(os.getpid(), 9)
        os.wait()
        run.flush(30)
        from tracker.journal.recovery import recover
        from tracker.store import open_store
        store = open_store(os.environ["TRACKER_URL"])
        assert recover(store, os.environ["TRACKER_URL"]).journals == 1
        (record,) = store.runs()
        assert record.status == "running", record
        tracker.finish()
    """)
    assert home.only_run().status == "finished"


def test_a_lock_file_without_a_journal_is_swept_away_when_it_is_old(home: Home) -> None:
    home.journals.mkdir(parents=True)
    old, young = (home.journals / f"000000000000{n}.lock" for n in (1, 2))
    old.touch()
    young.touch()
    os.utime(old, (1, 1))
    home.settle()
    assert home.files() == [young.name]
