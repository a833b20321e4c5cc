"""What people change: edits, deleted runs, saved views; and the verdicts that a run has had."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "1_0002"
down_revision = "1_0001"
branch_labels = None
depends_on = None


def run_id(references: bool = True) -> sa.Column:
    links = [sa.ForeignKey("run.run_id", ondelete="CASCADE")] if references else []
    return sa.Column("run_id", sa.BigInteger, *links, nullable=False, autoincrement=False)


def upgrade() -> None:
    for name in ("archived_ms", "deleted_ms", "name_edited_ms", "notes_edited_ms", "group_edited_ms"):
        op.add_column("run", sa.Column(name, sa.BigInteger))
    op.add_column("annotation", sa.Column("author", sa.Text))
    op.create_table(
        "tag_edit",
        run_id(),
        sa.Column("tag", sa.Text, nullable=False),
        sa.Column("added", sa.SmallInteger, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "tag", name="tag_edit_pk"),
    )
    op.create_table(
        "verdict_change",
        run_id(),
        sa.Column("change_no", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("rules_version", sa.Integer, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("onset_epoch", sa.Double),
        sa.Column("best_epoch", sa.Double),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "change_no", name="verdict_change_pk"),
    )
    op.create_table(
        "purged",
        run_id(references=False),
        sa.Column("purged_ms", sa.BigInteger, nullable=False),
        sa.Column("cleared_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("run_id", name="purged_pk"),
    )
    for name in ("title", "author", "description", "page"):
        op.add_column("view", sa.Column(name, sa.Text))
    for name in ("changed_ms", "deleted_ms"):
        op.add_column("view", sa.Column(name, sa.BigInteger))
    op.add_column("frozen", sa.Column("picture", sa.LargeBinary))
