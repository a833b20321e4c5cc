"""What logging four metrics a call costs and what it is worth, beside floors and other trackers, in the same run.

    python benchmarks/log_calls.py                              the tight loop, beside the floors
    python benchmarks/log_calls.py --loop --peers --postgres   with other trackers and PostgreSQL
    python benchmarks/log_calls.py --all --json figures.json    everything; about an hour on two cores

Each contender is a process of its own; they take turns, so that whatever else the machine does hits all alike. Peers
are installed by pip into virtual environments under --cache and are never dependencies of this project. docs/
performance.md says what each figure means. The exit code is 0 whether targets are reached or not: a busy machine
misses them, too.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from calls import floors, kills, loops, memory, ours, profiles, races, sizes, starts, visible
from calls.bench import Bench
from calls.contenders import FLOORS
from calls.own_process import ROOT, Failed, Peers
from calls.peers import PEERS
from calls.report import Report


def main() -> None:
    options = _options()
    report = Report()
    report.begin()
    peers = Peers(options.cache)
    contenders = [*FLOORS, ours.SQLITE]
    server = None
    if options.postgres:
        sys.path.insert(0, str(ROOT))
        from tests.support.postgres import PostgresServer

        server = PostgresServer()
        contenders += [floors.UNNESTED, ours.POSTGRES]
    if options.peers:
        contenders += [peer for peer in PEERS if peers.install(peer)]
        for name, why in peers.missing.items():
            report.say(f"{name} could not be installed and is missing below: {why}")
    try:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            bench = Bench(contenders, peers, Path(folder), options.rounds, options.scale, report, server)
            _measure(bench, options)
    finally:
        if server:
            server.stop()
    report.end(options.json)


def _measure(bench: Bench, options: argparse.Namespace) -> None:
    sections: list[tuple[object, Callable[[Bench], None]]] = [
        (options.loop or not options.chosen, loops.tight_loop),
        (options.profile, profiles.where_it_goes),
        (options.epochs, loops.each_epoch),
        (options.epochs, visible.until_visible),
        (options.imports, starts.imports),
        (options.imports, starts.memory_of_a_training),
        (options.bytes, sizes.bytes_a_point),
        (options.writers, races.eight_writers),
        (options.long, memory.ten_million),
        (options.kills, partial(kills.kill_ours, rounds=options.kills)),
        (options.kills and options.peers, kills.kill_all),
    ]
    for chosen, section in sections:
        if chosen:
            try:
                section(bench)
            except Failed as error:
                bench.report.say(f"A section ended early and its table is missing: {error}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--peers", action="store_true", help="measure other trackers, too")
    parser.add_argument("--postgres", action="store_true", help="measure with a throwaway PostgreSQL, too")
    parser.add_argument(
        "--loop", action="store_true", help="the tight loop; without another section the default"
    )
    parser.add_argument("--profile", action="store_true", help="where the CPU of a call goes, sampled")
    parser.add_argument(
        "--epochs", action="store_true", help="a call each 10 ms, and how soon a point is stored"
    )
    parser.add_argument("--writers", action="store_true", help="eight processes into one store")
    parser.add_argument(
        "--import", dest="imports", action="store_true", help="import, and memory of a training"
    )
    parser.add_argument("--bytes", action="store_true", help="bytes a point in the store")
    parser.add_argument("--long", action="store_true", help="memory over a run of 10 million points")
    parser.add_argument("--kills", type=int, default=0, metavar="N", help="N times SIGKILL on each engine")
    parser.add_argument("--all", action="store_true", help="all of these, with 200 kills")
    parser.add_argument(
        "--rounds", type=int, default=3, help="how often each contender is measured (default 3)"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="shrink the workloads, e.g. 0.1")
    parser.add_argument("--json", type=Path, help="write all figures to this file, too")
    parser.add_argument("--folder", help="where everything is written; else a temporary folder")
    parser.add_argument(
        "--cache", type=Path, default=ROOT / "build" / "peers", help="where peers are installed"
    )
    options = parser.parse_args()
    sections = ("loop", "profile", "epochs", "writers", "imports", "bytes", "long")
    if options.all:
        for name in ("peers", "postgres", *sections):
            setattr(options, name, True)
        options.kills = options.kills or 200
    options.chosen = bool(options.kills) or any(getattr(options, name) for name in sections)
    options.cache = options.cache.absolute()
    return options


if __name__ == "__main__":
    main()
