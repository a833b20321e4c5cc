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
    assert "1 points of run" in err


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
