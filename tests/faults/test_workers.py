"""Processes that a training starts: data loaders, pools, and the ranks of a launcher."""

from __future__ import annotations

import pytest

from tests.support.process import Home


def test_workers_of_a_data_loader_that_never_log_change_nothing(home: Home) -> None:
    """Four forked workers that hand batches over, as DataLoader(num_workers=4) starts them in every epoch."""
    out = home.good("""
        import multiprocessing, os, tracker
        run = tracker.init()
        def load(inbox, outbox):
            for index in iter(inbox.get, None):
                outbox.put((index, len(os.listdir("/proc/self/task"))))
        context = multiprocessing.get_context("fork")
        journals = os.path.join(os.environ["TRACKER_HOME"], "journals")
        files, threads = set(), set()
        for epoch in range(3):
            inbox, outbox = context.SimpleQueue(), context.SimpleQueue()
            workers = [context.Process(target=load, args=(inbox, outbox), daemon=True) for _ in range(4)]
            [w.start() for w in workers]
            [inbox.put(i) for i in range(40)]
            for i in range(40):
                threads.add(outbox.get()[1])
                run.log(loss=float(i))
            files.add(len([n for n in os.listdir(journals) if n.endswith(".lock")]))
            [inbox.put(None) for _ in workers]
            [w.join() for w in workers]
            assert all(w.exitcode == 0 for w in workers)
        print(threads, files)
    """)
    assert out == "{1} {1}\n"
    home.settle()
    assert len(home.values()) == 120
    assert home.only_run().status == "finished"


@pytest.mark.parametrize("end", ["close", "terminate"])
def test_workers_of_a_pool_that_log_lose_nothing(home: Home, end: str) -> None:
    home.good(
        """
        import multiprocessing, sys, tracker
        run = tracker.init()
        run.flush(30)
        def work(i):
            run.log({"work": i * 0.5}, step=i)
            return i
        pool = multiprocessing.get_context("fork").Pool(3)
        assert pool.map(work, range(60), chunksize=5) == list(range(60))
        getattr(pool, sys.argv[1])()
        pool.join()
        tracker.log(loss=1.0)
    """,
        end,
    )
    home.settle()
    assert home.values("work") == {i: i * 0.5 for i in range(60)}
    assert home.only_run().status == "finished"


def test_a_spawned_worker_that_fails_says_so_of_its_own_run(home: Home) -> None:
    script = home.folder / "failing.py"
    script.write_text("""
import multiprocessing, tracker

def work():
    tracker.init(project="worker").log(loss=1.0)
    raise ValueError("not kept")

if __name__ == "__main__":
    worker = multiprocessing.get_context("spawn").Process(target=work)
    worker.start()
    worker.join()
    assert worker.exitcode == 1
""")
    home.good("import runpy, sys; runpy.run_path(sys.argv[1], run_name='__main__')", str(script))
    home.settle()
    run = home.only_run()
    assert (run.status, run.exception) == ("failed", "ValueError")


def test_ranks_of_a_launcher_write_one_run(home: Home) -> None:
    """As torchrun starts them, with a run id for all: rank 0 makes the run, each rank logs and is a tag."""
    ranks = [
        home.start(
            'import os, tracker; tracker.init(rank="all").log({"rank" + os.environ["RANK"]: 1.0}, step=0)',
            WORLD_SIZE="4",
            RANK=str(n),
            LOCAL_RANK=str(n % 2),
            TRACKER_RUN_ID="0123456789abc",
        )
        for n in range(4)
    ]
    for process in ranks:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    home.settle()
    run = home.only_run()
    assert run.id == "0123456789abc"
    assert set(run.tags) == {f"rank-{n}" for n in range(4)}
    assert all(home.values(f"rank{n}") == {0: 1.0} for n in range(4))


def test_a_taken_id_becomes_another_one_that_is_said(home: Home) -> None:
    home.good('import tracker; tracker.init(id="0123456789abc").log(loss=1.0); tracker.finish()')
    done = home.run("""
        import tracker
        run = tracker.init(id="0123456789abc")
        run.log(loss=2.0)
        assert run.flush(30)
        assert run.url.endswith(run.id)
        print(run.id)
    """)
    other = done.stdout.strip()
    assert other != "0123456789abc"
    assert f"a run 0123456789abc exists already: this one goes on as {other}" in done.stderr
    assert {r.id: r.status for r in home.store().runs()} == {"0123456789abc": "finished", other: "finished"}
