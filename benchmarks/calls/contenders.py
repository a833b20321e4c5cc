"""All contenders by name, in the order of the tables."""

from __future__ import annotations

from calls import floors, ours
from calls.contender import Contender
from calls.peers import PEERS

FLOORS = [floors.NOTHING, floors.LINE, floors.SYNCED, floors.EXECUTEMANY, floors.BUFFERED]

CONTENDERS: dict[str, Contender] = {
    one.name: one for one in [*FLOORS, ours.SQLITE, floors.UNNESTED, ours.POSTGRES, *PEERS]
}
