"""The database is locked, restarted, silent, moved away, or refuses a value: training goes on and nothing is lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.support.postgres import PostgresServer
from tests.support.process import Home
from tests.support.proxy import Proxy
from tracker.journal.frames import PREFIX_SIZE, Kind, decode, encode, encode_points
from tracker.journal.recovery import left_over, recover

LOCKED_S = float(os.environ.get("TRACKER_TEST_LOCKED_S", "2"))
"""How long the database stays locked; 20 for the whole of it."""

RESTARTS = int(os.environ.get("TRACKER_TEST_RESTARTS", "3"))


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """A server that no other test minds being stopped."""
    server = PostgresServer()
    if not server.ours:
        pytest.fail("unset TRACKER_TEST_POSTGRES_URL: these tests stop the server", pytrace=False)
    yield server
    server.stop()


# ------------------------------------------------------------------------------------------------------------- locked


def test_a_database_that_is_locked_for_long_is_waited_for(home: Home) -> None:
    """Many times longer than a writer waits by itself, which is made short here."""
    process = home.start(
        """
        import sys, time, tracker
        from tracker.store import sqlite
        sqlite.BUSY_MS = 100
        run = tracker.init()
        tracker.log(loss=0.0)
        assert run.flush(30)
        print("ready", flush=True)
        sys.stdin.readline()
        i = 0
        until = time.monotonic() + float(sys.argv[1])
        while time.monotonic() < until:
            i += 1
            tracker.log(loss=float(i))
            time.sleep(0.002)
        print(i, run.stats().away is not None, run.stats().stored, flush=True)
        sys.stdin.readline()
        print(run.flush(60), flush=True)
        """,
        str(LOCKED_S),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    with home.locked():
        process.stdin.write("\n")
        process.stdin.flush()
        logged, away, stored = process.stdout.readline().split()
        assert (away, stored) == ("True", "1")
    out, err = process.communicate("\n", timeout=60)
    assert out == "True\n", err
    assert err.count("is locked by another process") == 1
    assert err.count("is back") == 1
    assert home.values() == {i: float(i) for i in range(int(logged) + 1)}


# ----------------------------------------------------------------------------------------------------------- restarted


def test_a_database_that_is_restarted_again_and_again_has_everything_once(
    tmp_path: Path, own_server: PostgresServer
) -> None:
    home = Home(tmp_path, own_server.new_database())
    process = home.start(
        """
        import sys, threading, time, tracker
        run = tracker.init()
        stop = threading.Event()
        threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
        i = 0
        while not stop.is_set():
            tracker.log({f"m{i % 3}": float(i), "loss": float(i)}, step=i)
            if i == 0:
                assert run.flush(60)
                print("ready", flush=True)
            i += 1
            time.sleep(0.001)
        print(i, run.flush(60), run.stats().stored, flush=True)
        """
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    for _ in range(RESTARTS):
        own_server.restart()
        time.sleep(0.4)
    out, err = process.communicate("\n", timeout=90)
    calls, all_stored, stored = out.split()
    assert all_stored == "True", err
    assert int(stored) == 2 * int(calls)
    assert home.values() == {i: float(i) for i in range(int(calls))}
    series = home.store().series([home.only_run().run_id])[home.only_run().run_id]
    assert sum(s.count for s in series) == 2 * int(calls)
    assert err.count("Training goes on") == 1  # at most once in 30 s, whatever the reason
    assert "Traceback" not in err


# -------------------------------------------------------------------------------------------------------------- silent


def test_a_connection_that_falls_silent_is_given_up(tmp_path: Path, own_server: PostgresServer) -> None:
    """No reset and no end ever comes, as behind a balancer that lost the connection: the next one is tried."""
    proxy = Proxy(own_server.folder / ".s.PGSQL.5432")
    try:
        url = make_url(own_server.new_database())
        direct = url.render_as_string(hide_password=False)
        home = Home(tmp_path, f"postgresql://tracker@127.0.0.1:{proxy.port}/{url.database}")
        process = home.start(
            """
            import sys, time, tracker
            from tracker.store import postgres
            postgres.ANSWER_S = 1.0
            postgres.CONNECTION["connect_timeout"] = 2
            run = tracker.init()
            tracker.log(loss=0.0)
            assert run.flush(60)
            print("ready", flush=True)
            sys.stdin.readline()
            for i in range(1, 100):
                tracker.log(loss=float(i))
            while run.stats().away is None:
                time.sleep(0.05)
            print("away", flush=True)
            sys.stdin.readline()
            print(run.flush(60), flush=True)
            """
        )
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        proxy.fall_silent()
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "away\n"
        proxy.speak_again()
        out, err = process.communicate("\n", timeout=60)
        assert out == "True\n", err
        assert err.count("Training goes on") == 1
        assert err.count("is back") == 1
        home.url = direct
        assert home.values() == {i: float(i) for i in range(100)}
    finally:
        proxy.close()


def test_how_a_connection_notices_a_host_that_is_gone(own_server: PostgresServer) -> None:
    """What the kernel is told: keepalives, and how long sent bytes may wait for their acknowledgement."""
    from tracker.store.postgres import ANSWER_S, PostgresStore

    proxy = Proxy(own_server.folder / ".s.PGSQL.5432")
    database = make_url(own_server.new_database()).database
    store = PostgresStore(f"postgresql+psycopg://tracker@127.0.0.1:{proxy.port}/{database}")
    try:
        with store._open().connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            told = dict(p.split("=") for p in driver.info.dsn.split() if "=" in p)
            assert told["connect_timeout"] == "5"
            assert (told["keepalives_idle"], told["keepalives_interval"]) == ("10", "5")
            assert (told["keepalives_count"], told["tcp_user_timeout"]) == ("3", "15000")
            assert driver.patience_s == ANSWER_S == 60
            assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "30s"
    finally:
        store.close()
        proxy.close()


# ---------------------------------------------------------------------------------------------------------- poison rows


POISON: dict[str, bytes] = {
    "a value that is text": encode_points(1, 3, False, None, {"loss": 3.0, "bad": "text"}),  # type: ignore[dict-item]
    "a step beyond 64 bits": encode_points(1, 2**63, False, None, {"bad": 1.0}),
    "a negative time beyond 64 bits": encode_points(-(2**63), 2**64 - 1, False, None, {"bad": 1.0}),
    "a name with NUL": encode_points(1, 4, False, None, {"bad\0": 1.0}),
    "a name longer than an index takes": encode_points(
        1, 5, False, None, {"bad" + os.urandom(9000).hex(): 1.0}
    ),
    "a config that is a number": encode(Kind.CONFIG, 5),
    "a status that does not exist": encode(Kind.STATUS, 7, None, 1),
    "points without values": encode(Kind.POINT, 1, 2, False, None),
}
"""Frames whose checksum is right and whose content no store can keep, or some store cannot."""


def test_poison_is_set_aside_and_said_and_the_rest_is_stored(any_home: Home) -> None:
    """Written beside good frames by a process that lives; nothing of it is ever tried for ever."""
    done = any_home.run(
        """
        import sys, tracker
        run = tracker.init()
        journal = run._logger.session.journal
        for i in range(1000):
            tracker.log(loss=float(i), epoch=i)
            if i % 100 == 50 and i // 100 < int(sys.argv[1]):
                journal.append(bytes.fromhex(sys.argv[2 + i // 100]), (2, 1, 1, 1, 1, 0, 0, 1)[i // 100])
        assert run.flush(60)
        s = run.stats()
        print(s.stored, s.rejected, s.logged, s.away)
        tracker.finish()
        """,
        str(len(POISON)),
        *(frame.hex() for frame in POISON.values()),
    )
    assert done.returncode == 0, done.stderr
    # One poisoned call holds a good value too; a config and a status are no points.
    assert done.stdout.split() == ["1001", "6", "1007", "None"], done.stdout + done.stderr
    assert any_home.values() == {i: float(i) for i in range(1000)}
    assert any_home.only_run().status == "finished"
    assert "were refused by the store and set aside" in done.stderr
    names = any_home.files()
    assert [n.rsplit(".", 1)[1] for n in names] == ["rejected"]
    aside = (any_home.journals / names[0]).read_bytes()
    kept = [frame for frame, _ in decode(aside, 12)]
    assert [5] in [list(f)[1:] for f in kept if isinstance(f, list)]


def test_poison_in_a_journal_that_was_left_over(any_home: Home) -> None:
    """The bytes are changed after the process died, as by a disk that forgot some: the checksum is made to fit."""
    any_home.run(
        "import os, tracker; tracker.init(); [tracker.log(loss=float(i)) for i in range(50)]; os._exit(9)"
    )
    (path,) = any_home.journals.glob("*.journal")
    with path.open("ab") as file:
        for frame in POISON.values():
            file.write(frame + encode_points(99, 50 + file.tell(), False, None, {"after": 1.0}))
    store = any_home.store()
    store.prepare()
    recovered = recover(store, any_home.url)
    assert recovered.failed == []
    assert recovered.rejected >= 5
    assert len(any_home.values()) in (50, 51)  # one poisoned call held a good value, too
    assert len(any_home.values("after")) == len(POISON)
    assert left_over() == []
    assert [n.rsplit(".", 1)[1] for n in any_home.files()] == ["rejected"]


# ----------------------------------------------------------------------------------------- moved, deleted, cut in two


@pytest.mark.parametrize("what", ["moved", "deleted"])
def test_a_store_that_disappears_under_a_run_is_made_again_and_loses_nothing_that_the_journal_has(
    home: Home, what: str
) -> None:
    process = home.start(
        """
        import sys, time, tracker
        run = tracker.init(project="lively")
        for i in range(100):
            tracker.log(loss=float(i))
        assert run.flush(30)
        print("ready", flush=True)
        sys.stdin.readline()
        for i in range(100, 200):
            tracker.log(loss=float(i))
            time.sleep(0.005)
        print(run.flush(30), flush=True)
        """
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    away = home.folder / "away"
    away.mkdir()
    for path in home.folder.glob("tracker.db*"):
        path.rename(away / path.name) if what == "moved" else path.unlink()
    out, err = process.communicate("\n", timeout=60)
    assert out == "True\n", err
    assert err.count("is gone: put it back") == 1
    assert home.values() == {i: float(i) for i in range(200)}
    assert home.only_run().status == "finished"
    if what == "moved":
        moved = Home(away, f"sqlite:///{away}/tracker.db")
        assert moved.values() == {i: float(i) for i in range(100)}


def test_a_process_killed_in_the_middle_of_its_transaction_leaves_a_whole_file(home: Home) -> None:
    """Killed between the statements of one batch, again and again; then the file is checked and everything sent."""
    logged = 0
    for turn in range(2):
        process = home.start(
            """
            import sys, time, tracker
            from tracker.store import sqlite
            from sqlalchemy import event
            make = sqlite.SqliteStore._make_engine
            def making(self, *arguments, **named):
                engine = make(self, *arguments, **named)
                @event.listens_for(engine, "commit")
                def before_commit(connection):
                    if run.stats().stored >= 100 or turn == 0:
                        print("committing", flush=True)
                        time.sleep(60)
                return engine
            sqlite.SqliteStore._make_engine = making
            turn = int(sys.argv[1])
            sys.stderr.close()
            run = tracker.init(project="torn", name=f"turn {turn}")
            for i in range(20_000):
                tracker.log(loss=float(i))
            run.flush(60)
            """,
            str(turn),
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "committing\n"
        process.send_signal(signal.SIGKILL)
        process.communicate()
        logged += 1
        with sqlite3.connect(home.folder / "tracker.db") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()
    home.settle()
    runs = home.store().runs("torn")
    assert {r.name for r in runs} == {f"turn {t}" for t in range(logged)}
    for run in runs:
        points = home.values(run_id=run.run_id)
        assert points == {i: float(i) for i in range(len(points))}
        assert len(points) > 0


# --------------------------------------------------------------------------------------------------- other journals


def test_one_journal_that_makes_no_sense_stops_no_other(any_home: Home) -> None:
    """Every way in which a file may be broken, beside good ones; a live run is not held up by them either."""
    for project in ("one", "two"):
        any_home.run(
            f"import os, tracker; tracker.init(project={project!r}); tracker.log(loss=1.0); os._exit(9)",
            TRACKER_MODE="offline",
        )
    whole = sorted(any_home.journals.glob("*.journal"))[0].read_bytes()
    first = decode(whole, 12)[0][1]
    who = dict(decode(whole, 12)[0][0][3])  # type: ignore[index]
    opening = decode(whole, 12)[0][0]

    def begins(**changed: object) -> bytes:
        return whole[:12] + encode(Kind.INIT, opening[1], opening[2], {**who, **changed}) + whole[first:]  # type: ignore[index]

    broken = {
        "0000000000001": whole[:12] + b"no frame at all",
        "0000000000002": b"#!/bin/sh\n",
        "0000000000003": whole[:12] + b"\xff" * PREFIX_SIZE,
        "0000000000004": begins(created_ms="yesterday"),
        "0000000000005": begins(run_id=None),
        "0000000000006": begins(session_id=6, run_id=6, created_ms=-(2**63)),
        "0000000000007": begins(session_id=7, run_id=7, name="bad\0name"),
        "zzzzzzzzzzzzz": whole,
    }
    for name, data in broken.items():
        (any_home.journals / f"{name}.0000.journal").write_bytes(data)
    (any_home.journals / "0000000000008.0000.journal").mkdir()
    (any_home.journals / "0000000000009.0000.journal").symlink_to("/etc/passwd")
    done = any_home.run(
        'import tracker; tracker.init(project="alive"); tracker.log(loss=2.0); tracker.finish()'
    )
    assert done.returncode == 0
    assert "Training goes on" not in done.stderr
    assert "not in the store yet" not in done.stderr
    store = any_home.store()
    recovered = recover(store, any_home.url)
    assert {"one", "two", "alive"} <= {r.project for r in store.runs()}
    assert recovered.journals == 0 or {r.project for r in store.runs()} >= {"one", "two"}
    assert len(recovered.failed) >= 5
    assert all("\n" not in sentence for sentence in recovered.failed)
    for name in ("0000000000001", "0000000000002", "0000000000004", "0000000000005"):
        assert (any_home.journals / f"{name}.0000.journal").exists()
