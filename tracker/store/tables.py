"""The tables, as they stand after the newest migration; a test holds them against `migrations/`.

`run_id` comes first in every primary and unique key of a run-scoped table, so that all rows of a run can live on one
node. Nothing here is a serial, a trigger, an enum type or a JSON column, and no foreign key touches `point`. Times
are milliseconds: `*_ms` since 1970 (UTC), `elapsed_ms` since the run's creation. JSON is kept as text.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

FINITE, NAN, INFINITE, MINUS_INFINITE = 0, 1, 2, 3
"""`kind` of a value: only a finite one is kept as a number, the others are `value NULL` with their kind."""

metadata = MetaData()


def _run_id(*, references: bool = True) -> Column[int]:
    links = [ForeignKey("run.run_id", ondelete="CASCADE")] if references else []
    return Column("run_id", BigInteger, *links, nullable=False, autoincrement=False)


project = Table(
    "project",
    metadata,
    Column("name", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("runs_made", BigInteger, nullable=False),
    PrimaryKeyConstraint("name", name="project_pk"),
)
"""A reference table: small, and on a distributed database copied to every node."""

run = Table(
    "run",
    metadata,
    _run_id(references=False),
    Column("project", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("group_name", Text),
    Column("notes", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("exception", Text),
    Column("colour", SmallInteger, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("changed_ms", BigInteger, nullable=False),
    Column("duration_ms", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("beat_ms", BigInteger, nullable=False),
    Column("newest_ms", BigInteger, nullable=False),
    Column("environment", Text, nullable=False),
    Column("archived_ms", BigInteger),
    Column("deleted_ms", BigInteger),
    Column("name_edited_ms", BigInteger),
    Column("notes_edited_ms", BigInteger),
    Column("group_edited_ms", BigInteger),
    PrimaryKeyConstraint("run_id", name="run_pk"),
    Index("run_by_project", "project", "created_ms"),
)
"""`status` and `exception` are those of the newest session, which started at `newest_ms`; `beat_ms` is any session's.

`*_edited_ms` is when a person last changed what the column says.
"""

config = Table(
    "config",
    metadata,
    _run_id(),
    Column("key", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("number", Double),
    PrimaryKeyConstraint("run_id", "key", name="config_pk"),
)
"""`text` is the value as JSON, `number` the same where it is a finite number or a bool: what filters compare."""

summary = Table(
    "summary",
    metadata,
    _run_id(),
    Column("key", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("number", Double),
    PrimaryKeyConstraint("run_id", "key", name="summary_pk"),
)

tag = Table(
    "tag",
    metadata,
    _run_id(),
    Column("tag", Text, nullable=False),
    Column("position", Integer, nullable=False),
    PrimaryKeyConstraint("run_id", "tag", name="tag_pk"),
)

tag_edit = Table(
    "tag_edit",
    metadata,
    _run_id(),
    Column("tag", Text, nullable=False),
    Column("added", SmallInteger, nullable=False),
    PrimaryKeyConstraint("run_id", "tag", name="tag_edit_pk"),
)
"""What people said of a run's tags: 1 added, 0 taken off. `tag` holds what comes of it."""

series = Table(
    "series",
    metadata,
    _run_id(),
    Column("series_no", Integer, nullable=False, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("last_step", BigInteger),
    Column("last_epoch", Double),
    Column("last_value", Double),
    Column("last_kind", SmallInteger),
    Column("min_value", Double),
    Column("min_step", BigInteger),
    Column("min_epoch", Double),
    Column("max_value", Double),
    Column("max_step", BigInteger),
    Column("max_epoch", Double),
    Column("goal", Text),
    Column("split", Text),
    Column("metric", Text),
    PrimaryKeyConstraint("run_id", "series_no", name="series_pk"),
    UniqueConstraint("run_id", "name", name="series_name_key"),
)
"""A metric that was defined and never logged stands here with `count` 0 and is no series yet."""

point = Table(
    "point",
    metadata,
    _run_id(references=False),
    Column("series_no", Integer, nullable=False, autoincrement=False),
    Column("step", BigInteger, nullable=False, autoincrement=False),
    Column("value", Double),
    Column("kind", SmallInteger, nullable=False),
    Column("epoch", Double),
    Column("elapsed_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("run_id", "series_no", "step", name="point_pk"),
    sqlite_with_rowid=False,
)
# A step of 4 bytes would take 40 of the 148 bytes a point off PostgreSQL (nothing off SQLite, where small numbers are
# short): 8 of the row and 32 of the key, whose pages would hold twice as many. It is not worth its price: a step may
# be a count of tokens or samples, which passes 2**31, and a logged point is never refused for being far along.

preview = Table(
    "preview",
    metadata,
    _run_id(references=False),
    Column("series_no", Integer, nullable=False, autoincrement=False),
    Column("level", Integer, nullable=False, autoincrement=False),
    Column("block", BigInteger, nullable=False, autoincrement=False),
    Column("buckets", LargeBinary, nullable=False),
    PrimaryKeyConstraint("run_id", "series_no", "level", "block", name="preview_pk"),
)
"""Derived from `point` and can be rebuilt from it at any time."""

writer = Table(
    "writer",
    metadata,
    _run_id(),
    Column("session_id", BigInteger, nullable=False, autoincrement=False),
    Column("segment", BigInteger, nullable=False),
    Column("byte", BigInteger, nullable=False),
    Column("beat_ms", BigInteger, nullable=False),
    Column("started_ms", BigInteger, nullable=False),
    Column("elapsed_ms", BigInteger, nullable=False),
    Column("step_base", BigInteger),
    Column("status", Text, nullable=False),
    Column("exception", Text),
    PrimaryKeyConstraint("run_id", "session_id", name="writer_pk"),
)
"""One session: how far its journal has arrived, the highest `elapsed_ms` of its points (-1: none yet)."""

diagnosis = Table(
    "diagnosis",
    metadata,
    _run_id(),
    Column("version", BigInteger, nullable=False),
    Column("rules_version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("run_id", name="diagnosis_pk"),
)

verdict_change = Table(
    "verdict_change",
    metadata,
    _run_id(),
    Column("change_no", Integer, nullable=False, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("rules_version", Integer, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("onset_epoch", Double),
    Column("best_epoch", Double),
    Column("sentence", Text, nullable=False),
    PrimaryKeyConstraint("run_id", "change_no", name="verdict_change_pk"),
)

annotation = Table(
    "annotation",
    metadata,
    _run_id(),
    Column("annotation_no", Integer, nullable=False, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("step", BigInteger),
    Column("epoch", Double),
    Column("at_ms", BigInteger, nullable=False),
    Column("author", Text),
    PrimaryKeyConstraint("run_id", "annotation_no", name="annotation_pk"),
)

purged = Table(
    "purged",
    metadata,
    _run_id(references=False),
    Column("purged_ms", BigInteger, nullable=False),
    Column("cleared_ms", BigInteger),
    PrimaryKeyConstraint("run_id", name="purged_pk"),
)
"""Runs that are gone for good: their ids are not used again. Until `cleared_ms` points of theirs may be left."""

view = Table(
    "view",
    metadata,
    Column("project", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("title", Text),
    Column("author", Text),
    Column("description", Text),
    Column("page", Text),
    Column("changed_ms", BigInteger),
    Column("deleted_ms", BigInteger),
    PrimaryKeyConstraint("project", "name", name="view_pk"),
)
"""A saved view: `name` is its id as 13 base32 characters, `state` the query of its address."""

frozen = Table(
    "frozen",
    metadata,
    Column("frozen_id", BigInteger, nullable=False, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("picture", LargeBinary),
    PrimaryKeyConstraint("frozen_id", name="frozen_pk"),
)
"""What a saved view showed when it was frozen: `picture`, under the view's id. `title` is that of then, `body` empty."""

RUN_SCOPED = (
    run,
    config,
    summary,
    tag,
    tag_edit,
    series,
    point,
    preview,
    writer,
    diagnosis,
    verdict_change,
    annotation,
    purged,
)
