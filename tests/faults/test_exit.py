"""How a process ends is how the run ends; tracker changes neither the exit code nor the traceback."""

from __future__ import annotations

import signal
import time

import pytest

from tests.support.process import Home

WITHOUT = "import sys\n"
WITH = 'import sys, tracker\ntracker.init(project="end"); tracker.log(loss=1.0)\n'


def _traceback(stderr: str) -> list[str]:
    lines = [line for line in stderr.splitlines() if not line.startswith("tracker:")]
    return [line for line in lines if "line " not in line]


@pytest.mark.parametrize(
    ("end", "status", "exception"),
    [
        ("", "finished", None),
        ("sys.exit(5)", "failed", "SystemExit"),
        ("sys.exit()", "finished", None),
        (
            "try:\n    sys.exit(5)\nexcept SystemExit:\n    'tracker' in sys.modules and tracker.log(m=1.0)",
            "finished",
            None,
        ),
        ("raise ValueError('a secret value')", "failed", "ValueError"),
        ("raise KeyboardInterrupt", "interrupted", None),
        ("tracker = sys.modules.get('tracker')\nif tracker: tracker.finish('failed')", "failed", None),
    ],
)
def test_the_end_of_the_process_is_the_end_of_the_run(
    home: Home, end: str, status: str, exception: str | None
) -> None:
    bare, logged = home.run(WITHOUT + end), home.run(WITH + end)
    assert logged.returncode == bare.returncode
    assert _traceback(logged.stderr) == _traceback(bare.stderr)
    run = home.only_run()
    assert (run.status, run.exception) == (status, exception)
    assert home.values() == {0: 1.0}
    assert home.files() == []


def test_a_hook_that_was_there_before_is_still_called(home: Home) -> None:
    done = home.run("""
        import sys
        sys.excepthook = lambda kind, error, trace: print("mine:", kind.__name__)
        import tracker
        tracker.init()
        raise ValueError
    """)
    assert done.stdout.strip() == "mine: ValueError"
    assert home.only_run().status == "failed"


def test_ctrl_c_ends_an_epoch_and_is_the_status(home: Home) -> None:
    process = home.start("""
        import time, tracker
        tracker.init()
        tracker.log(loss=1.0)
        print("ready", flush=True)
        time.sleep(60)
    """)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode in (-signal.SIGINT, 130)
    assert "KeyboardInterrupt" in err
    assert home.only_run().status == "interrupted"


AWAY = "postgresql://nobody@127.0.0.1:9/nothing"


def test_exit_with_the_store_away_waits_ten_seconds_at_most_and_says_what_is_left(home: Home) -> None:
    start = time.monotonic()
    done = home.run(
        """
        import tracker
        tracker.init()
        for i in range(5):
            tracker.log(a=1.0, b=2.0)
    """,
        TRACKER_URL=AWAY,
    )
    assert done.returncode == 0
    assert time.monotonic() - start < 14
    lines = done.stderr.strip().splitlines()
    assert sum("Training goes on" in line for line in lines) == 1
    assert sum("waiting up to 10 s; press Ctrl-C" in line for line in lines) == 1
    assert "10 points" in lines[-1]
    assert "tracker sync" in lines[-1]
    assert len([f for f in home.files() if f.endswith(".journal")]) == 1


def test_ctrl_c_ends_the_wait_at_once(home: Home) -> None:
    process = home.start(
        'import tracker\ntracker.init()\ntracker.log(a=1.0)\ntracker.finish()\nprint("after")',
        TRACKER_URL=AWAY,
    )
    assert process.stderr is not None
    while "press Ctrl-C" not in process.stderr.readline():
        pass
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - start < 5
    assert out == "after\n"
    assert process.returncode == 0
    assert "1 point of run" in err


def test_logging_after_the_exit_hook_is_kept_for_the_next_start(home: Home) -> None:
    done = home.run("""
        import atexit
        atexit.register(lambda: run.log(late=2.0))
        import tracker
        run = tracker.init()
        run.log(loss=1.0)
        atexit.register(lambda: run.log(early=3.0))
    """)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    from tracker.journal.recovery import recover

    recover(home.store(), home.url)
    run = home.only_run()
    names = {s.name for s in home.store().series([run.run_id])[run.run_id]}
    assert names == {"loss", "early", "late"}
    assert run.status == "finished"


def test_ctrl_c_twice_leaves_at_once(home: Home) -> None:
    process = home.start(
        """
        import time, tracker
        tracker.init()
        tracker.log(loss=1.0)
        print("ready", flush=True)
        time.sleep(60)
    """,
        TRACKER_URL=AWAY,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    while "press Ctrl-C" not in process.stderr.readline():
        pass
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - start < 5
    assert process.returncode in (-signal.SIGINT, 130)
    assert "1 point of run" in err
    assert len([f for f in home.files() if f.endswith(".journal")]) == 1


SIGTERM = """
    import os, signal, sys, time, tracker
    exec(sys.argv[1])
    run = tracker.init()
    for i in range(20):
        run.log(loss=float(i))
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.1)
    run.log(later=1.0)
    print("went on")
"""
MINE = "signal.signal(signal.SIGTERM, lambda *_: print('mine'))"
SAVES = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))"
IGNORED = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"


@pytest.mark.parametrize(
    ("asked", "before", "code", "out", "status"),
    [
        ("", "", -signal.SIGTERM, "", "lost"),
        ("finish", "", -signal.SIGTERM, "", "interrupted"),
        ("finish", MINE, 0, "mine\nwent on\n", "interrupted"),
        ("finish", SAVES, 0, "", "interrupted"),
        ("finish", IGNORED, 0, "went on\n", "finished"),
        ("", SAVES, 0, "", "finished"),
    ],
)
def test_sigterm_ends_the_process_as_without_tracker_and_marks_the_run_when_asked(
    home: Home, asked: str, before: str, code: int, out: str, status: str
) -> None:
    done = home.run(SIGTERM, before, TRACKER_SIGTERM=asked)
    assert (done.returncode, done.stdout) == (code, out), done.stderr
    assert "Traceback" not in done.stderr
    left = [name for name in home.files() if name.endswith(".journal")]
    assert len(left) == (asked == "" and code != 0)
    home.settle()
    assert home.only_run().status == status
    assert home.values() == {i: float(i) for i in range(20)}


def test_sigterm_while_the_store_is_away_leaves_the_journal(home: Home) -> None:
    short = "from tracker.client import lifecycle; lifecycle.WAIT_S = 1.5"
    done = home.run(SIGTERM, short, TRACKER_SIGTERM="finish", TRACKER_URL=AWAY)
    assert done.returncode == -signal.SIGTERM
    assert "20 points of run" in done.stderr
    assert len([f for f in home.files() if f.endswith(".journal")]) == 1


def test_another_answer_to_sigterm_is_refused_with_what_would_be_right(home: Home) -> None:
    done = home.run(SIGTERM, "", TRACKER_SIGTERM="ignore")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(
        "TRACKER_SIGTERM is 'ignore': set it to finish, or leave it unset"
    )
    assert home.files() == []


def test_a_thread_cannot_watch_for_sigterm_and_says_so(home: Home) -> None:
    done = home.run(
        """
        import threading, tracker
        def work():
            with tracker.Run() as run:
                run.log(loss=1.0)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    """,
        TRACKER_SIGTERM="finish",
    )
    assert done.returncode == 0
    assert done.stderr.count("call tracker.init in the main thread") == 1
    assert home.values() == {0: 1.0}


def test_what_is_logged_while_the_process_ends_is_kept_in_every_place(home: Home) -> None:
    """In handlers of atexit from before and after the first init, and in a thread, while no new thread is to be had."""
    home.good("""
        import atexit, _thread, threading, time
        def no_more_threads(*_, **__):
            raise RuntimeError("can't create new thread at interpreter shutdown")
        atexit.register(lambda: run.log(after=2.0))
        import tracker
        run = tracker.init()
        run.log(loss=1.0)
        def late():
            time.sleep(0.5)
            run.log(thread=5.0)
        threading.Thread(target=late).start()  # the interpreter waits for it
        def before():
            run.log(before=3.0)
            # As Python 3.12 and later do it from here on.
            _thread.start_new_thread = threading._start_new_thread = no_more_threads
            if hasattr(threading, "_start_joinable_thread"):
                threading._start_joinable_thread = no_more_threads
        atexit.register(before)
    """)
    home.settle()
    run = home.only_run()
    names = {s.name: s.last_value for s in home.store().series([run.run_id])[run.run_id]}
    assert names == {"loss": 1.0, "thread": 5.0, "before": 3.0, "after": 2.0}
    assert run.status == "finished"
    assert home.files() == []


def test_a_destructor_may_log_while_the_interpreter_is_torn_down(home: Home) -> None:
    """After the handlers of atexit: nothing can be imported any more, and a new thread would never begin."""
    done = home.run("""
        import sys, tracker
        class Last:
            def __init__(self, run):
                self.run, self.itself, self.ending = run, self, sys.is_finalizing
            def __del__(self):
                self.run.log(ending=float(self.ending()))
        run = tracker.init()
        run.log(loss=1.0)
        last = Last(run)
    """)
    assert done.returncode == 0
    assert "Exception ignored" not in done.stderr
    home.settle()
    assert home.values("ending") == {1: 1.0}  # the second call without a step
    assert home.only_run().status == "finished"


def test_a_process_may_begin_and_end_many_runs(home: Home) -> None:
    home.good("""
        import gc, tracker
        from tracker.client import lifecycle
        for i in range(20):
            with tracker.init(mode="offline") as run:
                run.log(loss=float(i))
        assert len(lifecycle._live) == 0
    """)


def test_two_threads_may_end_a_run_while_others_log(home: Home) -> None:
    done = home.run(
        """
        import sys, threading, time, tracker
        from tracker.errors import TrackerError
        run, logged = tracker.init(), [0] * 4
        def work(n):
            try:
                for i in range(10**9):
                    run.log({f"t{n}": float(i)}, step=i)
                    logged[n] = i + 1
            except TrackerError as error:
                assert "is finished" in str(error)
        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        [t.start() for t in threads]
        time.sleep(0.3)
        ends = [threading.Thread(target=run.finish) for _ in range(2)]
        [t.start() for t in ends]
        [t.join() for t in ends + threads]
        stats = run.stats()
        print(*logged, stats.dropped)
        assert stats.logged == stats.stored + stats.waiting + stats.dropped, stats
    """
    )
    assert done.returncode == 0, done.stderr
    home.settle()
    *logged, dropped = map(int, done.stdout.split())
    assert sum(len(home.values(f"t{n}")) for n in range(4)) >= sum(logged) - dropped
    assert home.only_run().status == "finished"
    assert ("not kept" in done.stderr) == (dropped > 0)
