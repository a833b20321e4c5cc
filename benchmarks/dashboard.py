"""How long readers wait for the pages, in Chromium, beside TensorBoard on the same runs in the same run.

    python benchmarks/dashboard.py --peers               everything; about ten minutes on two cores
    python benchmarks/dashboard.py --first --rounds 5    one section, without TensorBoard
    python benchmarks/dashboard.py --json figures.json

With --peers TensorBoard is installed by pip into a virtual environment under --cache; it is never a dependency of this
project.
docs/performance.md says what each figure means. The exit code is 0 whether targets are reached or not: a busy machine
misses them, too.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from calls.own_process import Peers  # noqa: E402
from calls.peers import PEERS  # noqa: E402
from calls.report import Report  # noqa: E402
from pages import sections  # noqa: E402
from pages.looking import browser  # noqa: E402

TENSORBOARD = next(peer for peer in PEERS if peer.requires[0].startswith("tensorboard=="))


def main() -> None:
    """Run the chosen sections."""
    options = _options()
    report = Report()
    report.begin()
    peers = Peers(options.cache)
    python = peers.python(TENSORBOARD) if options.peers and peers.install(TENSORBOARD) else ""
    for why in peers.missing.values():
        report.say(f"TensorBoard could not be installed and is missing below: {why}")
    wanted = {name for name in sections.ALL if getattr(options, name)} or set(sections.ALL)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder, browser() as started:
        bench = sections.Bench(started, report, Path(folder), options.rounds, python)
        for name, section in sections.ALL.items():
            if name in wanted:
                section(bench)
    report.end(options.json)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, section in sections.ALL.items():
        parser.add_argument(f"--{name}", action="store_true", help=(section.__doc__ or "").splitlines()[0])
    parser.add_argument("--peers", action="store_true", help="open TensorBoard, too; pip installs it")
    parser.add_argument("--rounds", type=int, default=3, help="how often each page is opened")
    parser.add_argument(
        "--cache", type=Path, default=ROOT / "build" / "peers", help="where TensorBoard is installed"
    )
    parser.add_argument("--folder", type=Path, default=None, help="where stores and event files are made")
    parser.add_argument("--json", type=Path, default=None, help="also write the figures here")
    return parser.parse_args()


if __name__ == "__main__":
    main()
