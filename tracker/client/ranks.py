"""Which processes of a distributed training log: rank 0, unless every rank is asked for."""

from __future__ import annotations

import os

from tracker.client.speech import say

_said = False


def world() -> tuple[int, int]:
    """Return this process's rank and the number of ranks, as torchrun and its kin set them; (0, 1) outside of one.

    LOCAL_RANK serves where RANK is missing. SLURM_PROCID alone says nothing: job arrays and sweeps set it too.
    """
    size = _number("WORLD_SIZE", 1)
    if size <= 1:
        return 0, 1
    return _number("RANK", _number("LOCAL_RANK", 0)), size


def logs(rank: str | None) -> bool:
    """Tell whether this process logs; a rank that does not says so once.

    Args:
        rank: None: rank 0 alone logs; "all": every rank does.
    """
    number, size = world()
    if rank == "all" or number == 0:
        return True
    global _said
    if _said:
        return False
    _said = True
    say(f'rank {number} of {size} logs nothing, rank 0 does; rank="all" makes every rank log')
    return False


def _number(variable: str, default: int) -> int:
    try:
        return int(os.environ[variable])
    except (KeyError, ValueError):
        return default
