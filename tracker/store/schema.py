"""Which schema a store has, and how it is made or upgraded. Alembic is imported only to upgrade an older store.

Revisions are named MAJOR_NUMBER (`1_0001`). Within a major version they only add, so a client writes to a newer
store of its own major version; one of another major version it leaves alone and says what to install.
"""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Literal

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, inspect, text

from tracker.errors import SchemaTooNew, SchemaTooOld, StoreUnavailable, TrackerError
from tracker.store import tables
from tracker.store.base import Schema

REVISION = "1_0002"
"""The revision that this version works with: the newest in `migrations/versions`."""

LOCK = 0x747261636B6572
"""The key of the advisory lock under which PostgreSQL stores are made and upgraded ("tracker" in ASCII)."""

READ_REVISION = "SELECT version_num FROM alembic_version"

_alembic = threading.Lock()
# As Alembic makes it.
_version = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def standing(revision: str | None) -> Schema:
    """Return how a store at `revision` (None: an empty one) stands to this version."""
    state: Literal["empty", "current", "older", "newer"]
    if revision is None:
        state = "empty"
    elif revision == REVISION:
        state = "current"
    else:
        state = "older" if _number(revision) < _number(REVISION) else "newer"
    return Schema(revision, REVISION, state)


def usable(schema: Schema) -> bool:
    """Tell whether this version can write to a store of that schema: the same, or a newer one of the same major."""
    return schema.state == "current" or (schema.state == "newer" and _same_major(schema))


def check_usable(schema: Schema, store: str) -> None:
    """Raise the one sentence that says why a store cannot be used as it is, if it cannot.

    Raises:
        StoreUnavailable: it is empty.
        SchemaTooOld: it has to be upgraded first.
        SchemaTooNew: it is of a newer major version.
    """
    if usable(schema):
        return
    if schema.state == "empty":
        raise StoreUnavailable(
            f"the store {store} is empty: log a run to it, or make its tables with `tracker db upgrade`"
        )
    if schema.state == "older":
        raise SchemaTooOld(
            f"the store {store} has schema {schema.revision} and this version works with {REVISION}: "
            "run `tracker db upgrade` once, then try again"
        )
    raise SchemaTooNew(
        f"the store {store} has schema {schema.revision}, made by a newer version than this one (schema {REVISION}): "
        "run `pip install -U curvetracker`"
    )


def revision_of(connection: Connection) -> str | None:
    """Return the revision that the store is at, None for an empty one; never fails for a missing table."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    row = connection.execute(text(READ_REVISION)).first()
    return None if row is None else str(row[0])


def load_migrations() -> None:
    """Import Alembic, so that nobody waits for that while the store is locked."""
    import alembic.command
    import alembic.config  # noqa: F401


def create(connection: Connection) -> None:
    """Make the tables of an empty store, on a connection whose open transaction holds the lock.

    They are what the migrations make (a test compares them), at a tenth of the time: in a training process that is
    taken from the training.
    """
    tables.metadata.create_all(connection, checkfirst=False)
    _version.create(connection, checkfirst=False)
    connection.execute(_version.insert().values(version_num=REVISION))


def migrate(connection: Connection) -> None:
    """Bring the store to this version's schema on a connection whose open transaction holds the lock.

    The caller commits: Alembic sees a transaction that it did not open and leaves it alone.
    """
    from alembic import command
    from alembic.config import Config

    configuration = Config()
    configuration.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    configuration.attributes["connection"] = connection
    # Alembic keeps its context in a global of the process, so two threads must not migrate at once.
    with _alembic:
        command.upgrade(configuration, "head")


def migrations_folder() -> Path:
    """Return the folder of the migrations: inside the installed package, or beside it in a checkout.

    Raises:
        TrackerError: the installation is incomplete.
    """
    package = Path(__file__).parent.parent
    for folder in (package / "_migrations", package.parent / "migrations"):
        if (folder / "env.py").is_file():
            return folder
    raise TrackerError(
        "this installation lacks its migrations: reinstall it with `pip install --force-reinstall curvetracker`"
    )


def _number(revision: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)_(\d+)", revision)
    # A name that this version cannot read can only come from a later one.
    return (int(match[1]), int(match[2])) if match else (2**31, 0)


def _same_major(schema: Schema) -> bool:
    return schema.revision is not None and _number(schema.revision)[0] == _number(REVISION)[0]
