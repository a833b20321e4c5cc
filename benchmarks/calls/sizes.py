"""Bytes a point in the store, and what a 4-byte step would make of them on PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from calls import ours
from calls.bench import Bench
from calls.contender import METRICS
from calls.report import Cell

CALLS = 50_000
EPOCHS = ("whole", "fractional", "none")
LIMITS = {"": {"whole": 40.0, "fractional": 46.0}, "postgres": {"whole": 150.0, "fractional": 150.0}}
OF_ALL = (
    "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
    "WHERE relkind = 'r' AND nspname = 'public'"
)


def bytes_a_point(bench: Bench) -> None:
    """Log a run with whole epochs, one with fractional ones and one with steps alone; see how far the store grew."""
    rows: list[dict[str, Cell]] = []
    calls = bench.sized(CALLS, 500)
    for contender in [one for one in bench.contenders if one.kind == "tracker"]:
        for epoch in EPOCHS[: bench.sized(len(EPOCHS))]:
            home, url = bench.home(), bench.url(contender)
            bench.run(contender, "fill", "first", home, url, calls=1, epoch=epoch)
            before = _size(home, url)
            bench.run(contender, "fill", "one", home, url, calls=calls, epoch=epoch)
            a_point = (_size(home, url) - before) / (METRICS * calls)
            rows.append(
                {"bytes": contender.name, "epochs": epoch, "bytes a point": a_point, **_variants(url)}
            )
            if (limit := LIMITS[contender.engine].get(epoch)) and bench.scale == 1:
                bench.report.at_most(f"{contender.name}: {epoch} epochs", a_point, limit, "bytes a point")
            bench.drop(home)
    columns = {key for row in rows for key in row}
    kept = [{key: row.get(key) for key in rows[-1] if key in columns} for row in rows]
    bench.report.table(
        "Bytes a point",
        f"How much the whole store grew by {METRICS * calls:,} points of one run, tables, indexes and previews. On "
        "PostgreSQL also the table of points copied in the order of arrival with an 8-byte and with a 4-byte step. "
        "Whole numbers take fewer bytes in SQLite the smaller they are; hours of elapsed time add about one byte.",
        kept,
    )
    if ours.SQLITE in bench.contenders:
        bench.report.say(
            "SQLite keeps a whole number in 1 to 8 bytes as its size needs: a 4-byte step is no different."
        )


def _size(home: Path, url: str) -> int:
    """Return the bytes of the store, without what is still only in SQLite's log."""
    if url:
        with _connect(url) as connection:
            connection.execute("VACUUM ANALYZE")
            return int(connection.execute(OF_ALL).fetchone()[0])
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(home / "tracker.db")) as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return (home / "tracker.db").stat().st_size


def _variants(url: str) -> dict[str, Cell]:
    """Return the bytes a point of copies of the table, heap and index together, by the width of `step`."""
    if not url:
        return {}
    found: dict[str, Cell] = {}
    with _connect(url) as connection:
        for width, kind in ((8, "BIGINT"), (4, "INTEGER")):
            copy = f"point_{width}"
            connection.execute(f"CREATE TABLE {copy} (LIKE point INCLUDING ALL)")
            connection.execute(f"ALTER TABLE {copy} ALTER COLUMN step TYPE {kind}")
            connection.execute(f"INSERT INTO {copy} SELECT * FROM point ORDER BY run_id, step, series_no")
            size, count = connection.execute(
                f"SELECT pg_total_relation_size('{copy}'), (SELECT count(*) FROM {copy})"
            ).fetchone()
            found[f"points, {width}-byte step"] = size / count
            connection.execute(f"DROP TABLE {copy}")
    return found


def _connect(url: str) -> Any:
    import psycopg

    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
