"""The small scripts of dashboard and report, run by Node.js without a browser."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import tracker.dashboard

ASSETS = Path(tracker.dashboard.__file__).parent / "assets"


def javascript(asset: str | Path, program: str, before: str = "", **given: Any) -> Any:
    """Return what a JavaScript expression or its promise gives, in which `s` is what the script exports and `given` are named values.

    `asset` is the script's name among the dashboard's, or its whole path; `before` is run before it is loaded, for a
    script that needs something of a page.
    """
    node = shutil.which("node")
    if node is None:
        pytest.fail(
            "no Node.js for the tests of the scripts: install it with: apt-get install nodejs", pytrace=False
        )
    # the values come in as a file's worth of input: a command line has no room for many views
    whole = (
        f"{before};const s = require({json.dumps(str(ASSETS / asset))});"
        f"const {{{', '.join(given) or '_'}}} = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        f"(async () => console.log(JSON.stringify(await ({program}))))()"
    )
    done = subprocess.run(
        [node, "-e", whole], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
