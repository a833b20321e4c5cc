"""Two processes write one run at the same moment: both are stored, and what they do to each other is said."""

from __future__ import annotations

import os
import socket
import subprocess

import pytest

from tests.support.process import Home

RUN = "0123456789abc"

TURNS = """
import os, sys, tracker
def turn(*steps, run, **values):
    for step in steps:
        run.log(values, step=step)
    assert run.flush(30)
    print("done", flush=True)
    return sys.stdin.readline()
"""


class Process:
    """A training process that takes turns."""

    def __init__(self, home: Home, script: str, **variables: str) -> None:
        self.process: subprocess.Popen[str] = home.start(TURNS + script, **variables)
        self.name = f"process {self.process.pid} on {socket.gethostname()}"

    def wait(self) -> None:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line == "done\n", self.process.communicate()[1]

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def turn(self) -> None:
        self.go()
        self.wait()

    def end(self) -> list[str]:
        """Let it end, and return what it warned of."""
        _, err = self.process.communicate("\n" * 10, timeout=60)
        assert self.process.returncode == 0, err
        return [line for line in err.splitlines() if "TrackerWarning" in line]


@pytest.fixture
def first(home: Home) -> Process:
    return Process(home, FIRST)


FIRST = f"""
run = tracker.init(id={RUN!r}, resume="allow")
turn(0, 1, 2, run=run, loss=1.0)
turn(3, 4, run=run, loss=1.0)
turn(5, 6, 7, run=run, loss=1.0)
turn(8, run=run, loss=1.0)
"""


def test_the_same_steps_of_two_processes_are_said_once_by_each_with_both_names(
    any_home: Home,
) -> None:
    first = Process(any_home, FIRST)
    first.wait()
    second = Process(
        any_home,
        f"""
run = tracker.init(id={RUN!r}, resume="allow")
turn(1, 2, 3, run=run, loss=2.0)
turn(4, 5, run=run, loss=2.0)
turn(6, 7, 8, run=run, loss=2.0)
""",
    )
    second.wait()
    for process in (first, second, first, second, first):
        process.turn()
    said = [first.end(), second.end()]
    assert [len(warnings) for warnings in said] == [1, 1]
    for (warning,), here, there in ((said[0], first, second), (said[1], second, first)):
        assert (
            f"({RUN}) is logged by {there.name} and by {here.name}, which is this one, at the same steps"
            in warning
        )
    # Who logged last: the first 3 and 5, the second 4, 6 and 7, the first 8.
    assert any_home.values() == {0: 1.0, 1: 2.0, 2: 2.0, 3: 1.0, 4: 2.0, 5: 1.0, 6: 2.0, 7: 2.0, 8: 1.0}
    assert any_home.only_run().status == "finished"


def test_processes_that_log_different_series_are_left_in_peace(home: Home, first: Process) -> None:
    first.wait()
    second = Process(
        home,
        f"""
run = tracker.init(id={RUN!r}, resume="allow")
turn(0, 1, 2, 3, run=run, other=2.0)
turn(0, 1, 2, 3, 4, run=run, other=3.0)
""",
    )
    second.wait()
    for process in (first, second, first):
        process.turn()
    assert first.end() == second.end() == []
    assert home.values("other") == dict.fromkeys(range(5), 3.0)


def test_a_second_process_without_steps_is_told_where_its_steps_begin(home: Home, first: Process) -> None:
    first.wait()
    second = Process(
        home,
        f"""
run = tracker.init(id={RUN!r}, resume="allow")
turn(None, None, run=run, loss=2.0)
turn(None, run=run, loss=2.0)
""",
    )
    second.wait()
    first.turn()
    second.turn()
    (warning,) = second.end()
    assert f"is logged by {first.name} and by {second.name}, which is this one, at the same time" in warning
    assert "from step 3 on" in warning
    first.end()


def test_ranks_that_count_their_steps_are_told_only_of_what_they_do_to_each_other(home: Home) -> None:
    ranks = [
        Process(
            home,
            """
run = tracker.init(rank="all")
name = "rank" + os.environ["RANK"]
for _ in range(3):
    turn(None, None, run=run, **{name: 1.0})
for step in range(100, 102):
    turn(step, run=run, loss=1.0)
""",
            WORLD_SIZE="2",
            RANK=str(n),
            TRACKER_RUN_ID=RUN,
        )
        for n in range(2)
    ]
    for rank in ranks:
        rank.wait()
    for process in (*ranks, *ranks):
        process.turn()
    for process in (*ranks, *ranks):
        process.turn()
    said = [rank.end() for rank in ranks]
    assert sum(len(warnings) for warnings in said) in (1, 2)
    assert all("at the same steps" in warning for warnings in said for warning in warnings)


def test_who_goes_on_from_a_process_that_was_just_killed_is_told_of_nobody(
    home: Home, first: Process
) -> None:
    """Its journal is on a disk that this one does not see, so that nobody knows yet that it is dead."""
    first.wait()
    first.turn()
    first.process.kill()
    first.process.communicate()
    os.rename(home.journals, home.folder / "another-host")
    out = home.run(
        TURNS
        + f"""
run = tracker.init(id={RUN!r}, resume="must")
for step in range(2, 8):
    run.log(loss=9.0, step=step)
    assert run.flush(30)
run.log(free=1.0)
"""
    )
    assert out.returncode == 0, out.stderr
    assert "Warning" not in out.stderr
    assert home.values() == {0: 1.0, 1: 1.0, **dict.fromkeys(range(2, 8), 9.0)}
