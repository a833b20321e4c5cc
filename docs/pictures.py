"""Draw the pictures of diagnosis.md anew, from the runs of the demo.

    tracker demo --no-serve
    python docs/pictures.py STORE

STORE is the file that the demo names at its end. Each picture is the figure that `tracker.diagnose(run).figure()`
gives. Needs kaleido and a Chrome or Chromium.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import tracker

RUNS = {
    "diverged": "warm-up-too-far",
    "overfitting": "noisy-labels",
    "overconfident": "cancer-no-decay",
    "improving": "small-lr",
    "underfitting": "linear-heavy-decay",
    "healthy": "decay-cosine",
}
"""Which run of the demo shows which verdict."""

WIDTH, HEIGHT = 910, 460


def main() -> None:
    """Write one PNG a verdict into docs/images."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("store")
    store = parser.parse_args().store
    runs = tracker.runs(store=store).reset_index().set_index("name")
    for verdict, name in RUNS.items():
        diagnosis = tracker.diagnose(str(runs.loc[name, "id"]), store=store)
        if diagnosis.verdict != verdict:
            raise SystemExit(f"{name} is {diagnosis.verdict}, not {verdict}: choose another run to show it")
        place = Path(__file__).parent / "images" / f"diagnosis-{verdict}.png"
        diagnosis.figure().update_layout(autosize=False).write_image(place, width=WIDTH, height=HEIGHT)
        print(f"{place.name}: {diagnosis}")


if __name__ == "__main__":
    main()
