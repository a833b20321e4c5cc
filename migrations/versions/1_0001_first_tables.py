"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "1_0001"
down_revision = None
branch_labels = None
depends_on = None


def run_id(references: bool = True) -> sa.Column:
    links = [sa.ForeignKey("run.run_id", ondelete="CASCADE")] if references else []
    return sa.Column("run_id", sa.BigInteger, *links, nullable=False, autoincrement=False)


def upgrade() -> None:
    op.create_table(
        "project",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("runs_made", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="project_pk"),
    )
    op.create_table(
        "run",
        run_id(references=False),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("group_name", sa.Text),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("exception", sa.Text),
        sa.Column("colour", sa.SmallInteger, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("changed_ms", sa.BigInteger, nullable=False),
        sa.Column("duration_ms", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("beat_ms", sa.BigInteger, nullable=False),
        sa.Column("newest_ms", sa.BigInteger, nullable=False),
        sa.Column("environment", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="run_pk"),
    )
    op.create_index("run_by_project", "run", ["project", "created_ms"])
    for name in ("config", "summary"):
        op.create_table(
            name,
            run_id(),
            sa.Column("key", sa.Text, nullable=False),
            sa.Column("text", sa.Text, nullable=False),
            sa.Column("number", sa.Double),
            sa.PrimaryKeyConstraint("run_id", "key", name=f"{name}_pk"),
        )
    op.create_table(
        "tag",
        run_id(),
        sa.Column("tag", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "tag", name="tag_pk"),
    )
    op.create_table(
        "series",
        run_id(),
        sa.Column("series_no", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("last_step", sa.BigInteger),
        sa.Column("last_epoch", sa.Double),
        sa.Column("last_value", sa.Double),
        sa.Column("last_kind", sa.SmallInteger),
        sa.Column("min_value", sa.Double),
        sa.Column("min_step", sa.BigInteger),
        sa.Column("min_epoch", sa.Double),
        sa.Column("max_value", sa.Double),
        sa.Column("max_step", sa.BigInteger),
        sa.Column("max_epoch", sa.Double),
        sa.Column("goal", sa.Text),
        sa.Column("split", sa.Text),
        sa.Column("metric", sa.Text),
        sa.PrimaryKeyConstraint("run_id", "series_no", name="series_pk"),
        sa.UniqueConstraint("run_id", "name", name="series_name_key"),
    )
    op.create_table(
        "point",
        run_id(references=False),
        sa.Column("series_no", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("step", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("value", sa.Double),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("epoch", sa.Double),
        sa.Column("elapsed_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "series_no", "step", name="point_pk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "preview",
        run_id(references=False),
        sa.Column("series_no", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("level", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("block", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("buckets", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "series_no", "level", "block", name="preview_pk"),
    )
    op.create_table(
        "writer",
        run_id(),
        sa.Column("session_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("segment", sa.BigInteger, nullable=False),
        sa.Column("byte", sa.BigInteger, nullable=False),
        sa.Column("beat_ms", sa.BigInteger, nullable=False),
        sa.Column("started_ms", sa.BigInteger, nullable=False),
        sa.Column("elapsed_ms", sa.BigInteger, nullable=False),
        sa.Column("step_base", sa.BigInteger),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("exception", sa.Text),
        sa.PrimaryKeyConstraint("run_id", "session_id", name="writer_pk"),
    )
    op.create_table(
        "diagnosis",
        run_id(),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("rules_version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="diagnosis_pk"),
    )
    op.create_table(
        "annotation",
        run_id(),
        sa.Column("annotation_no", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("step", sa.BigInteger),
        sa.Column("epoch", sa.Double),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "annotation_no", name="annotation_pk"),
    )
    op.create_table(
        "view",
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("project", "name", name="view_pk"),
    )
    op.create_table(
        "frozen",
        sa.Column("frozen_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("frozen_id", name="frozen_pk"),
    )
