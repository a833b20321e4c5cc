"""Which run a new session writes, from the arguments of `init` and the environment."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from tracker.client import checks
from tracker.client.names import readable_name
from tracker.client.ranks import world
from tracker.errors import BadInput
from tracker.model import id_number, new_id
from tracker.store.base import Identity


def new_identity(
    project: str | None,
    name: str | None,
    group: str | None,
    tags: Iterable[str],
    notes: str,
    id: str | None,
    resume: str,
    rank: str | None,
) -> Identity:
    """Return who a new session is, from the arguments of `init` and the environment.

    Raises:
        BadInput: an argument cannot be used; the message says why.
    """
    checks.one_of("resume", resume, ("never", "allow", "must"))
    if id is not None and not isinstance(id, str):
        raise BadInput(f"id is {id!r} of type {type(id).__name__}: give the run's id as text, such as run.id")
    given = id or os.environ.get("TRACKER_RUN_ID")
    if given and not id and resume == "never":
        resume = "allow"  # a launcher named the run for all its workers
    if resume == "must" and not given:
        raise BadInput('resume="must" needs the id of the run to continue: give id= or set TRACKER_RUN_ID')
    checked = checks.tags(tags)
    number, size = world()
    if rank == "all" and size > 1:
        checked = (*checked, f"rank-{number}")
    return Identity(
        run_id=id_number(given) if given else new_id(),
        session_id=new_id(),
        project=checks.label("project", project or os.environ.get("TRACKER_PROJECT") or "default"),
        name=checks.label("name", name) if name else readable_name(),
        created_ms=time.time_ns() // 1_000_000,
        group=checks.label("group", group) if group else None,
        tags=checked,
        notes=checks.text(notes),
        resume=resume,  # type: ignore[arg-type]
    )
