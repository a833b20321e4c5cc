"""Runs the migrations on the connection that `tracker.store.schema` hands over, inside its transaction and lock.

Revisions are named MAJOR_NUMBER, `1_0001` for example. Within a major version they are additive: new tables, new
columns that are nullable or have a server default, new indexes. So an older client goes on writing to a newer store.
Anything else starts a new major version. One small change a revision, and no downgrade: a backup is the way back.
"""

from __future__ import annotations

from alembic import context

from tracker.store.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("migrations run by `tracker db upgrade`, which holds the lock that they need")

context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=True,
)
# The caller's transaction holds the lock; Alembic sees that it is open, and the caller commits.
with context.begin_transaction():
    context.run_migrations()
