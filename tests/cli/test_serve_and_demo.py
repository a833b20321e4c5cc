"""Commands that stay up until Ctrl-C."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

from tests.support.command import error
from tracker.settings import store_url
from tracker.store import open_store


@contextmanager
def started(environment, *arguments):
    """A command that stays up; ended by Ctrl-C if it still lives."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "tracker.cli", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def interrupted(process):
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    return said


def get(address):
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.status, answer.read()


def test_serve_says_where_and_ends_with_ctrl_c(environment, filled):
    with started(environment, "serve", "--port", "0", "--no-browser", "--no-token") as process:
        line = process.stdout.readline()
        address = re.fullmatch(
            r"Dashboard: (http://127\.0\.0\.1:\d+) \(store: sqlite:///.*tracker\.db\)\n", line
        )[1]
        assert get(f"{address}/healthz")[0] == 200
        assert get(f"{address}/p/vision/compare")[0] == 200
        interrupted(process)


def test_serve_opens_only_by_the_address_that_it_printed(environment, filled):
    printed = []
    for _ in range(2):
        with started(environment, "serve", "--port", "0", "--no-browser") as process:
            line = process.stdout.readline()
            address, token = re.match(
                r"Dashboard: (http://127\.0\.0\.1:\d+)/\?token=(\S{32}) \(", line
            ).groups()
            assert get(f"{address}/healthz")[0] == 200
            with pytest.raises(urllib.error.HTTPError, match="401"):
                get(f"{address}/p/vision/compare")
            browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
            with browser.open(f"{address}/p/vision/compare?token={token}", timeout=30) as answer:
                assert answer.url == f"{address}/p/vision/compare", "the token does not stay in the address"
            with browser.open(f"{address}/p/vision", timeout=30) as answer:
                assert answer.status == 200
            interrupted(process)
        printed.append(token)
    assert printed[0] == printed[1], "open pages and bookmarks outlive a restart"


def test_serve_refuses_to_be_reached_from_outside(call):
    assert "--insecure-public" in error(call("serve", "--host", "0.0.0.0", "--no-browser", code=2))


def test_the_demo_prints_its_page_before_it_trains(environment, home):
    with started(environment, "demo", "--port", "0", "--no-browser") as process:
        said = process.stdout.readline()
        page = re.fullmatch(r"Curves: (http://127\.0\.0\.1:\d+/p/demo/compare\?focus=\w{13})\n", said)[1]
        (path,) = (home / "demo").glob("*/demo.db")
        store = open_store(store_url(path))
        store.prepare()
        assert get(page)[0] == 200
        said = interrupted(process)
        assert f"tracker serve --store {path}" in said
        store.close()
    living = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(home) not in living


def test_the_demo_without_scikit_learn_names_the_extra(environment, tmp_path):
    code = "import sys; sys.modules['sklearn'] = None; sys.argv = ['tracker', 'demo']; from tracker.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert (
        done.stderr == 'tracker: the demo trains on data of scikit-learn: pip install "curvetracker[demo]"\n'
    )
    assert not (tmp_path / "home").exists()
