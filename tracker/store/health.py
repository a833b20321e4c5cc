"""Whether a store is sound: what `Store.check` looks at. Nothing here changes a byte, and one failed look stops no other.

A look is given the store's `read`, which runs a piece of work on one unchanging state of it.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, text

from tracker.errors import StoreError
from tracker.model import id_text
from tracker.store import tables as t
from tracker.store.base import Check

Read = Callable[[Callable[[Connection], Any]], Any]

WHOLE_BYTES = 256 * 1024 * 1024
"""A larger SQLite file gets the quick check, which leaves out whether indexes hold what their tables do."""

SAMPLE_SERIES, SAMPLE_POINTS = 200, 2_000_000
"""How many series, and points in them, are compared at one call; another sample each time."""

LONG_LOG_BYTES = 128 * 1024 * 1024
"""Twice the size that a write-ahead log is cut back to when nobody holds it."""

OLDEST_POSTGRES = 140_000
SKEW_MS = 5_000
IDLE_S = 300

_DAMAGED = (
    "stop what writes to it, copy the file with its -wal and -shm beside it to a safe place, then put back a backup, or "
    "save what can be read with `sqlite3 FILE .recover | sqlite3 NEW.db` and set TRACKER_URL to the new file"
)


def check_sqlite(read: Read, path: Path, *, full: bool) -> list[Check]:
    """Return what there is to say about a SQLite store; `full` leaves nothing out, however long it takes."""
    looks = (
        ("integrity", lambda: _integrity(read, path, full), _DAMAGED),
        ("foreign keys", lambda: _foreign_keys(read), _DAMAGED),
        ("write-ahead log", lambda: _log(path), ""),
        ("summaries", lambda: _summaries(read, full), ""),
    )
    return [_looked(*look) for look in looks]


def check_postgres(read: Read, *, full: bool) -> list[Check]:
    """Return what there is to say about a PostgreSQL store; `full` leaves nothing out, however long it takes."""
    again = "see that the server answers and that this user may read its tables, then run this again"
    looks = (
        ("server", lambda: _server(read), again),
        ("indexes", lambda: _indexes(read), again),
        ("open transactions", lambda: _idle(read), again),
        ("clock", lambda: _clock(read), again),
        ("summaries", lambda: _summaries(read, full), ""),
    )
    return [_looked(*look) for look in looks]


def _looked(name: str, look: Callable[[], Check], remedy: str) -> Check:
    try:
        return look()
    except StoreError as error:
        return Check(
            name, "problem", str(error), remedy or "mend what stands above first, then run this again"
        )


# --------------------------------------------------------------------------------------------------------------- SQLite


def _integrity(read: Read, path: Path, full: bool) -> Check:
    whole = full or path.stat().st_size <= WHOLE_BYTES
    pragma = "integrity_check" if whole else "quick_check"
    rows = read(lambda c: [str(row[0]) for row in c.exec_driver_sql(f"PRAGMA {pragma}(5)")])
    if rows == ["ok"]:
        return Check("integrity", "ok", f"the file is sound ({pragma})")
    return Check("integrity", "problem", f"the file is damaged ({pragma}): {'; '.join(rows)}", _DAMAGED)


def _foreign_keys(read: Read) -> Check:
    rows = read(lambda c: c.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(1000))
    if not rows:
        return Check("foreign keys", "ok", "every row belongs to a run that exists")
    where = ", ".join(sorted({str(row[0]) for row in rows}))
    return Check("foreign keys", "problem", f"{len(rows)} rows of {where} belong to no run", _DAMAGED)


def _log(path: Path) -> Check:
    name = "write-ahead log"
    try:
        size = Path(f"{path}-wal").stat().st_size
    except OSError:
        return Check(name, "ok", "there is none beside the file: all is in the file itself")
    if size <= LONG_LOG_BYTES:
        return Check(name, "ok", f"its size is {size / 1e6:,.1f} MB")
    holders = ", ".join(_users_of(path)) or "cannot be told on this system"
    return Check(
        name,
        "problem",
        f"it has grown to {size / 1e6:,.0f} MB: some process has been reading for so long that the log cannot be put "
        f"into the file. Processes that have the store open: {holders}",
        "end what reads from it without an end (a notebook, a database browser, a backup that hangs); it shrinks with "
        "the next run that finishes",
    )


def _users_of(path: Path) -> list[str]:
    """Return the processes that have a file open, as far as Linux shows them to this user."""
    try:
        wanted = path.stat()
        processes = [
            folder
            for folder in Path("/proc").iterdir()
            if folder.name.isdigit() and folder.name != str(os.getpid())
        ]
    except OSError:
        return []
    found = []
    for folder in processes:
        try:
            held = any(os.path.samestat(fd.stat(), wanted) for fd in (folder / "fd").iterdir())
            if held:
                found.append(f"{(folder / 'comm').read_text().strip()} (process {folder.name})")
        except OSError:
            continue  # another user's, or ended since
    return found


# ----------------------------------------------------------------------------------------------------------- PostgreSQL


def _server(read: Read) -> Check:
    query = text("SELECT current_setting('server_version_num')::int, version(), current_setting('fsync')")
    number, version, fsync = read(lambda c: tuple(c.execute(query).one()))
    shown = " ".join(str(version).split()[:2])
    if number < OLDEST_POSTGRES:
        return Check(
            "server", "problem", f"{shown} is older than PostgreSQL 14", "upgrade the server to 14 or later"
        )
    if fsync == "off":
        return Check(
            "server",
            "note",
            f"{shown} answers, with fsync off: a power loss can cost what was stored or the whole database",
            "set fsync = on in postgresql.conf, unless what it holds may be lost",
        )
    return Check("server", "ok", f"{shown} answers")


def _indexes(read: Read) -> Check:
    query = text(
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "WHERE NOT i.indisvalid AND i.indrelid = ANY(SELECT to_regclass(quote_ident(name))::oid "
        "FROM unnest(CAST(:tables AS text[])) AS name) "
        "ORDER BY 1"
    )
    ours = [table.name for table in t.metadata.sorted_tables]
    broken = read(lambda c: list(c.execute(query, {"tables": ours}).scalars()))
    if not broken:
        return Check("indexes", "ok", "all indexes are valid")
    commands = " ".join(f'REINDEX INDEX "{name}";' for name in broken)
    return Check(
        "indexes",
        "problem",
        f"not valid: {', '.join(broken)}. Reading is slow and doubles may get in",
        f"run as the tables' owner: {commands}",
    )


def _idle(read: Read) -> Check:
    query = text(
        "SELECT pid, coalesce(nullif(application_name, ''), usename), extract(epoch FROM now() - xact_start)::int "
        "FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%' "
        "AND now() - xact_start > make_interval(secs => :seconds) ORDER BY xact_start LIMIT 5"
    )
    rows = read(lambda c: [tuple(row) for row in c.execute(query, {"seconds": IDLE_S})])
    if not rows:
        return Check("open transactions", "ok", "no session keeps a transaction open without working")
    told = ", ".join(f"{who} (pid {pid}, {seconds // 60} min)" for pid, who, seconds in rows)
    return Check(
        "open transactions",
        "note",
        f"idle in a transaction: {told}. Dead rows cannot be cleared away meanwhile",
        f"end them where they run, or: SELECT pg_terminate_backend({rows[0][0]});",
    )


def _clock(read: Read) -> Check:
    query = text("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")

    def ahead(connection: Connection) -> float:
        before = time.time_ns() / 1e6
        there = int(connection.execute(query).scalar_one())
        return there - (before + time.time_ns() / 1e6) / 2

    skew = read(ahead)
    if abs(skew) < SKEW_MS:
        return Check("clock", "ok", f"the server's clock is {abs(skew) / 1000:.1f} s from this machine's")
    return Check(
        "clock",
        "problem",
        f"the server's clock is {abs(skew) / 1000:,.0f} s {'ahead of' if skew > 0 else 'behind'} this machine's: runs "
        "started here are shown at a wrong time",
        "let both clocks be set by NTP",
    )


# ----------------------------------------------------------------------------------------------------------- summaries


def _summaries(read: Read, full: bool) -> Check:
    """Compare the kept summaries of finished runs' series with their points."""
    s, p = t.series.c, t.point.c
    ended = select(s.run_id, s.series_no, s.name, s.count, s.last_step, s.min_value, s.max_value)
    ended = ended.join(t.run, t.run.c.run_id == s.run_id).where(t.run.c.status != "running", s.count > 0)
    if not full:
        # Ids are random, so that what follows a random one is a sample; the first ones follow the last.
        place = random.randrange(2**63)  # noqa: S311 - a sample, no secret
        ended = ended.order_by(s.run_id < place, s.run_id, s.series_no).limit(SAMPLE_SERIES)

    def work(connection: Connection) -> tuple[int, list[str]]:
        looked = points = 0
        wrong = []
        for row in connection.execute(ended).all():
            count = row._mapping["count"]
            if not full and looked and points + count > SAMPLE_POINTS:
                continue
            query = select(func.count(), func.max(p.step), func.min(p.value), func.max(p.value))
            query = query.where(p.run_id == row.run_id, p.series_no == row.series_no)
            there = tuple(connection.execute(query).one())
            kept = (count, row.last_step, row.min_value, row.max_value)
            looked, points = looked + 1, points + there[0]
            if there != kept:
                wrong.append(f"{row.name!r} of run {id_text(row.run_id)} (kept {kept}, points say {there})")
        return looked, wrong

    looked, wrong = read(work)
    if not wrong:
        return Check(
            "summaries", "ok", f"{looked:,} series looked at: count, last, min and max fit their points"
        )
    return Check(
        "summaries",
        "problem",
        f"of {looked:,} series looked at, {len(wrong):,} have a count, last step, min or max that their points do not "
        f"bear out: {'; '.join(wrong[:3])}",
        "lists may show old numbers; charts and diagnoses read the points and are right. Please report it with what "
        "`tracker doctor --json` prints",
    )
