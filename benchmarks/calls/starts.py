"""What comes with the first line: the time of `import tracker`, and the memory of a training that is looked at."""

from __future__ import annotations

import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from calls import ours, own_process
from calls.bench import Bench
from calls.report import Cell

IMPORTS = 15
PEER_IMPORTS = 5
SLOWEST = 6
EPOCHS = 1_000
NAMES = "from tracker import init, log, finish"


def imports(bench: Bench) -> None:
    """Time imports above a bare interpreter, taking turns with it."""
    rows: list[dict[str, Cell]] = []
    for contender in [one for one in bench.contenders if one.imports]:
        python = bench.peers.python(contender)
        lines = [f"import {contender.imports}"] + [NAMES] * (contender is ours.SQLITE)
        for line in lines:
            rounds = bench.sized(PEER_IMPORTS if contender.kind == "peer" else IMPORTS, 2)
            pairs = [(_ms(python, line), _ms(python, "pass")) for _ in range(rounds)]
            wall, cpu = (statistics.median(mine[i] - bare[i] for mine, bare in pairs) for i in (0, 1))
            rows.append({"first line": line, "ms": wall, "CPU ms": cpu})
            if line == "import tracker":
                bench.report.at_most("import tracker, on the clock", wall, 50.0, "ms")
                bench.report.at_most("import tracker, CPU", cpu, 50.0, "ms")
    bench.report.table(
        "Import",
        f"Medians of {IMPORTS} ({PEER_IMPORTS} for peers), each above an interpreter that imports nothing, which is started beside it; on "
        "the clock and as CPU.",
        rows,
    )
    slowest = _import_times(bench.peers.python(ours.SQLITE))
    bench.report.say(f"-X importtime, `{NAMES}`, us of their own: {slowest}")


def memory_of_a_training(bench: Bench) -> None:
    """Log epochs, then ask for the diagnosis in the same process."""
    calls = bench.sized(EPOCHS, 20)
    rows: list[dict[str, Cell]] = []
    for contender in [one for one in bench.contenders if one.kind == "tracker"]:
        home, url = bench.home(), bench.url(contender)
        found = bench.run(contender, "diagnose", "one", home, url, calls=calls)
        bench.drop(home)
        rows.append({"memory": contender.name, **found})
        bench.report.at_most(
            f"{contender.name}: peak memory, {calls:,} epochs", found["logged MB"], 70.0, "MB"
        )
        bench.report.at_most(
            f"{contender.name}: the same with the diagnosis", found["diagnosed MB"], 95.0, "MB"
        )
    bench.report.table(
        "Memory of a training",
        f"Resident memory of a process that only logs: as a bare interpreter, at most in {calls:,} epochs of four "
        "metrics until all is stored, and at most after run.diagnosis().",
        rows,
    )


def _ms(python: str, line: str) -> tuple[float, float]:
    """Run a line in a new interpreter and return its time on the clock and its CPU."""
    with tempfile.TemporaryDirectory() as folder:
        cpu, begin = _children_s(), time.perf_counter()
        subprocess.run(
            [python, "-c", line],
            env=own_process.environment(Path(folder)),
            cwd=folder,
            check=True,
            capture_output=True,
        )
        return 1000 * (time.perf_counter() - begin), 1000 * (_children_s() - cpu)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _import_times(python: str) -> str:
    """Return the modules that take longest by themselves."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [python, "-X", "importtime", "-c", NAMES],
            env=own_process.environment(Path(folder)), cwd=folder, check=True, capture_output=True, text=True,
        )  # fmt: skip
    lines = [line.removeprefix("import time:").split("|") for line in done.stderr.splitlines() if "|" in line]
    times = sorted(((int(own), name.strip()) for own, _, name in lines[1:]), reverse=True)
    return ", ".join(f"{name} {own:,}" for own, name in times[:SLOWEST])
