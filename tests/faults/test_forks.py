"""Children of the training process: forked, spawned, in a pool, and those that never log."""

from __future__ import annotations

import pytest

from tests.support.process import Home


def test_a_forked_child_logs_into_a_session_of_its_own(home: Home) -> None:
    home.good("""
        import os, tracker
        run = tracker.init()
        tracker.log(parent=1.0)
        child = os.fork()
        if child == 0:
            assert run.stats().logged == 0
            for i in range(100):
                run.log(child=float(i), step=i)
            tracker.finish()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        tracker.log(parent=2.0)
    """)
    home.settle()
    assert home.values("child") == {i: float(i) for i in range(100)}
    assert home.values("parent") == {0: 1.0, 1: 2.0}
    assert home.only_run().status == "finished"
    assert home.files() == []


def test_a_child_of_a_resumed_run_keeps_its_points_when_its_parent_ends_first(home: Home) -> None:
    """Whether its journal stands by then or not: it has the clock of its parent, whose points are the newest."""
    home.good("""
        import os, tracker
        run = tracker.init(id="0000000000001")
        run._logger.recorder._zero_ns -= 3_600 * 10**9  # it has trained for an hour
        for i in range(4):
            run.log(loss=10.0 + i, step=i)
        run.finish()
        run = tracker.init(id="0000000000001", resume="allow")
        run.log(loss=0.5, step=0)
        run.flush()
        children = []
        for late in (False, True):
            begin, go = os.pipe()
            ready, done = os.pipe()
            child = os.fork()
            if child == 0:
                run._logger._online = False  # it dies before its shipper sends
                if late:
                    os.write(done, b"x")
                    os.read(begin, 1)
                run.log(loss=0.6, step=1 + late)
                if not late:
                    os.write(done, b"x")
                    os.read(begin, 1)
                os._exit(0)
            os.read(ready, 1)
            children.append((child, go))
        run.finish()
        for child, go in children:
            os.write(go, b"x")
            assert os.waitpid(child, 0)[1] == 0
    """)
    home.settle()
    assert home.values() == {0: 0.5, 1: 0.6, 2: 0.6, 3: 13.0}


def test_a_fork_right_after_init_says_nothing(home: Home) -> None:
    done = home.run("""
        import os, tracker
        tracker.init(project="fk")
        if not os.fork():
            os._exit(0)
        os.wait()
        tracker.finish()
    """)
    assert done.returncode == 0
    assert "Error" not in done.stderr


def test_a_child_does_not_keep_the_lock_of_a_parent_that_died(home: Home) -> None:
    done = home.run("""
        import os, sys, time, tracker
        tracker.init(mode="offline")
        tracker.log(loss=1.0)
        if os.fork() == 0:
            os.close(1), os.close(2)
            time.sleep(3)
            os._exit(0)
        os._exit(9)
    """)
    assert done.returncode == 9
    from tracker.journal.recovery import recover

    store = home.store()
    store.prepare()
    assert recover(store, home.url).points == 1


def test_children_that_never_log_have_no_thread_and_no_file(home: Home) -> None:
    out = home.good("""
        import os, threading, tracker
        run = tracker.init(mode="offline")
        tracker.log(loss=1.0)
        folder = os.path.join(os.environ["TRACKER_HOME"], "journals")
        before = sorted(os.listdir(folder))
        child = os.fork()
        if child == 0:
            names = os.listdir("/proc/self/fd")
            held = [os.readlink(f"/proc/self/fd/{n}") for n in names if os.path.exists(f"/proc/self/fd/{n}")]
            print(len(os.listdir("/proc/self/task")), [p for p in held if folder in p], flush=True)
            raise SystemExit(0)
        os.waitpid(child, 0)
        assert sorted(os.listdir(folder)) == before
    """)
    assert out == "1 []\n"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_multiprocessing_keep_what_they_log(home: Home, method: str) -> None:
    script = home.folder / "workers.py"
    script.write_text("""
import multiprocessing, os, sys, tracker

def work(n, run_id):
    with tracker.init(id=run_id, resume="allow") if n else tracker.Run(id=run_id, resume="allow") as run:
        for i in range(20):
            run.log({f"worker{n}": float(i)}, step=i)

def loose(n, run_id):
    tracker.init(id=run_id, resume="allow")
    for i in range(20):
        tracker.log({f"worker{n}": float(i)}, step=i)

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    run = tracker.init()
    run.flush(30)
    workers = [context.Process(target=t, args=(n, run.id)) for n, t in enumerate((work, work, loose))]
    [w.start() for w in workers]
    [w.join() for w in workers]
    assert all(w.exitcode == 0 for w in workers)
    tracker.log(loss=1.0)
""")
    home.good(
        "import runpy, sys; runpy.run_path(sys.argv[2], run_name='__main__')"
        if method == "fork"
        else "import subprocess, sys; sys.exit(subprocess.call([sys.executable, sys.argv[2], sys.argv[1]]))",
        method,
        str(script),
    )
    home.settle()
    for n in range(3):
        assert home.values(f"worker{n}") == {i: float(i) for i in range(20)}
    assert home.values("loss") == {0: 1.0}
    assert home.files() == []


def test_forking_while_other_threads_log_loses_nothing(home: Home) -> None:
    home.good("""
        import os, threading, tracker
        run = tracker.init()
        def work(n):
            for i in range(300):
                run.log({f"t{n}": float(i)}, step=i)
        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        [t.start() for t in threads]
        children = []
        for c in range(6):
            pid = os.fork()
            if pid == 0:
                run.log({f"c{c}": 1.0}, step=c)
                run.finish()
                os._exit(0)
            children.append(pid)
        [t.join() for t in threads]
        assert all(os.waitpid(pid, 0)[1] == 0 for pid in children)
    """)
    home.settle()
    for n in range(8):
        assert home.values(f"t{n}") == {i: float(i) for i in range(300)}
    for c in range(6):
        assert home.values(f"c{c}") == {c: 1.0}


def test_sixteen_threads_log_at_once(home: Home) -> None:
    home.good("""
        import threading, tracker
        run = tracker.init()
        def work(n):
            for i in range(10_000):
                tracker.log({f"t{n}": float(i)}, step=i)
        threads = [threading.Thread(target=work, args=(n,)) for n in range(16)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        assert run.stats().logged == 160_000
    """)
    home.settle()
    run_id = home.only_run().run_id
    found = home.store().points([(run_id, f"t{n}") for n in range(16)])
    for n in range(16):
        points = found[run_id, f"t{n}"]
        assert points.step.tolist() == list(range(10_000))
        assert points.value.tolist() == [float(i) for i in range(10_000)]
        times = points.elapsed_ms.tolist()
        assert times == sorted(times)


@pytest.mark.parametrize(
    ("variables", "files"),
    [
        ({"WORLD_SIZE": "4", "RANK": "2"}, False),
        ({"WORLD_SIZE": "4", "LOCAL_RANK": "1"}, False),
        ({"WORLD_SIZE": "4", "RANK": "0", "LOCAL_RANK": "0"}, True),
        ({"WORLD_SIZE": "1", "RANK": "2"}, True),
        ({"SLURM_PROCID": "3"}, True),
    ],
)
def test_rank_zero_logs_and_the_others_say_once_that_they_do_not(
    home: Home, variables: dict[str, str], files: bool
) -> None:
    done = home.run(
        'import tracker; tracker.init(mode="offline"); tracker.log(loss=1.0); tracker.init(mode="offline")',
        **variables,
    )
    assert done.returncode == 0
    assert bool(home.files()) is files
    assert done.stderr.count("logs nothing") == (0 if files else 1)


def test_every_rank_logs_when_asked_and_is_tagged(home: Home) -> None:
    home.good(
        'import tracker; tracker.init(rank="all", tags=["a"]); tracker.log(loss=1.0)',
        WORLD_SIZE="4",
        RANK="2",
    )
    assert home.only_run().tags == ("a", "rank-2")


def test_disabled_costs_no_file_no_thread_and_no_library(home: Home) -> None:
    out = home.good(
        """
        import os, sys, threading, tracker
        with tracker.init(config={"lr": 0.1}, mode="online") as run:
            tracker.log(loss=1.0)
            run.alert("x", "y")
            run.summary["a"] = 1
            print(run.config.lr, threading.active_count(), run.flush(), run.should_stop())
        tracker.log(loss=1.0)
        heavy = {"sqlalchemy", "alembic", "numpy", "pandas", "dash", "plotly", "psycopg", "sqlite3", "tracker.store.sql"}
        print(sorted(heavy & set(sys.modules)), len(os.listdir("/proc/self/task")))
    """,
        TRACKER_MODE="disabled",
    )
    assert out == "0.1 1 True False\n[] 1\n"
    assert home.files() == []
    assert not (home.folder / "tracker.db").exists()
