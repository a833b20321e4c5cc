"""Journals: what is still on its way, what was left behind, and what was set aside."""

from __future__ import annotations

import shlex
import time
from collections import defaultdict
from collections.abc import Iterator

from tracker.doctor.words import ago, amount
from tracker.journal.survey import Aside, Found, asides, journals
from tracker.journal.wording import agree
from tracker.settings import journal_dir, without_password
from tracker.store.base import Check, Store

SHOWN = 5
"""How many journals are named one by one."""


def checks(url: str, store: Store | None) -> Iterator[Check]:
    """Yield what there is to say about the journals; `store` is the one that they are compared with, None: it is away."""
    ours = without_password(url)
    found = journals()
    if not found:
        yield Check("journals", "ok", f"none is left in {journal_dir()}")
    waiting: dict[str, list[Found]] = defaultdict(list)
    for journal in found:
        if journal.trouble:
            yield _unreadable(journal)
        elif journal.owned:
            yield _owned(journal, store if journal.store == ours else None)
        else:
            waiting[journal.store or ""].append(journal)
    if waiting[ours]:
        yield _left_over(waiting.pop(ours), store)
    for other, theirs in sorted(waiting.items()):
        if theirs:
            yield _of_another(other, theirs)
    for aside in asides():
        if aside.path.suffix == ".damaged":
            yield _damaged(aside)
        else:
            yield _torn(aside) if aside.torn else _refused(aside)


def _points(number: int) -> str:
    return agree(number, "{n} point[|s]")


def _age(journal: Found) -> str:
    return ago(time.time() - journal.changed_s)


def _owned(journal: Found, store: Store | None) -> Check:
    environment = journal.identity.environment if journal.identity is not None else {}
    who = f"process {environment.get('pid', '?')} on {environment.get('host', '?')}"
    on_the_way = ""
    if store is not None:
        on_the_way = agree(journal.unsent(store), ", {n} point[|s] on the way to the store")
    fact = f"{journal.run} is being written or sent by {who}: {amount(journal.size)}{on_the_way}"
    return Check("live journal", "ok", f"{fact}, written to {_age(journal)}")


def _left_over(found: list[Found], store: Store | None) -> Check:
    points = [journal.unsent(store) for journal in found]
    total = sum(points)
    size = amount(sum(journal.size for journal in found))
    if store is not None and total == 0:
        said = (
            "{n} journal[|s] ({size}) of [a dead process|dead processes]: every point is in the store already"
        )
        fact = agree(len(found), said, size=size)
        return Check(
            "left-over journals", "note", fact, "`tracker sync`, the dashboard or the next run removes them"
        )
    told = "; ".join(
        f"{journal.run} {_points(n)}, {_age(journal)}"
        for journal, n in zip(found[:SHOWN], points, strict=False)
    )
    more = f"; and {len(found) - SHOWN:,} more" if len(found) > SHOWN else ""
    where = (
        "not in the store yet" if store is not None else "not known to be in the store, which cannot be asked"
    )
    said = "{n} journal[|s] ({size}) of [a dead or offline process holds|dead or offline processes hold] {points}"
    fact = f"{agree(len(found), said, size=size, points=_points(total))} {where}: {told}{more}"
    return Check(
        "left-over journals", "problem", fact, "run `tracker sync`: nothing is lost until it has arrived"
    )


def _of_another(store: str, found: list[Found]) -> Check:
    points = sum(journal.count().points for journal in found)
    said = "{n} journal[|s] with {points}, [|the newest ]written to {age}, [names|name] the store {store}"
    age = _age(max(found, key=lambda j: j.changed_s))
    return Check(
        "journals of another store",
        "problem",
        agree(len(found), said, points=_points(points), age=age, store=store),
        f"send them there: `tracker sync --store {shlex.quote(store)}`",
    )


def _unreadable(journal: Found) -> Check:
    path = shlex.quote(str(journal.folder / journal.run))
    if "pip install" in journal.trouble:
        return Check("unreadable journal", "problem", journal.trouble, "upgrade, then `tracker sync`")
    return Check(
        "unreadable journal",
        "problem",
        f"{journal.trouble} ({amount(journal.size)}, written to {_age(journal)})",
        f"check the disk; if you can do without it: rm {path}",
    )


def _torn(aside: Aside) -> Check:
    path = shlex.quote(str(aside.path))
    if aside.points == 0:
        return Check(
            "torn tail",
            "note",
            f"{aside.path.name}: {aside.size:,} bytes of a write that was cut off when its process died. That call of "
            "log() had not returned, so nothing that was logged is in it",
            f"it can go: rm {path}",
        )
    said = "{n} point[|s] that [was|were] logged ({names}) and [is|are] not in the store"
    lost = agree(aside.points, said, names=", ".join(aside.names))
    return Check(
        "damaged journal",
        "problem",
        f"{aside.path.name}: {aside.size:,} bytes behind a damaged place, with {lost}",
        f"check the disk and the file system; keep a copy of the file as long as you need its points, then rm {path}",
    )


def _damaged(aside: Aside) -> Check:
    return Check(
        "damaged journal",
        "problem",
        f"{aside.path.name}: {aside.size:,} bytes in the midst of a journal were damaged: what was logged there cannot be "
        "read any more; all that stood before and behind them was sent",
        f"check the disk and the file system; then rm {shlex.quote(str(aside.path))}",
    )


def _refused(aside: Aside) -> Check:
    refused = agree(aside.points, "{n} point[|s] that the store refused for what [it is|they are]")
    return Check(
        "refused values",
        "problem",
        f"{aside.path.name}: {refused} "
        f"({', '.join(aside.names) or 'no point, but a name, tag or setting'}); the rest of their run is stored",
        f"sending them again cannot help: keep the file for its {aside.size:,} bytes, or "
        f"rm {shlex.quote(str(aside.path))}",
    )
