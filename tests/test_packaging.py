"""The wheel: what is in it, what is not, and that it works from any folder of a machine that never saw this one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

# One group: the wheel is built once.
pytestmark = pytest.mark.xdist_group("wheel")

LOGS_AND_READS = """
import tracker, tracker.store.schema
with tracker.init(project="elsewhere", name="first", config={"lr": 0.1}) as run:
    for epoch in range(1, 7):
        tracker.log({"train/loss": 1 / epoch, "val/loss": 1.2 / epoch}, epoch=epoch)
frame = tracker.history("elsewhere/first")
print(tracker.__file__)
print(len(frame), round(float(frame["val/loss"].iloc[-1]), 3), tracker.diagnose("elsewhere/first").verdict)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A fresh virtual environment with the wheel in it; its dependencies are those that the tests run with."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    offline = ("--quiet", "--no-index", "--no-deps", "--disable-pip-version-check")
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", *offline, str(wheel)], check=True
    )
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def contents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_holds_the_package_its_migrations_and_nothing_else(wheel):
    inside = contents(wheel)
    sources = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "tracker").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    migrations = {
        "tracker/_migrations/" + str(path.relative_to(ROOT / "migrations"))
        for path in (ROOT / "migrations").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    information = {name for name in inside if name.startswith(f"curvetracker-{version()}.dist-info/")}
    assert set(inside) - information == sources | migrations
    assert {"tracker/py.typed", "tracker/cli/__init__.py"} <= set(inside)
    assert any(re.fullmatch(r"tracker/_migrations/versions/\w+\.py", name) for name in inside)
    assert any(name.startswith("tracker/dashboard/assets/") for name in inside)
    suffixes = {Path(name).suffix for name in set(inside) - information}
    assert suffixes <= {
        ".py",
        ".typed",
        ".css",
        ".js",
        ".svg",
        ".woff2",
        ".mako",
        ".txt",
        ".md",
        ".json",
        ".ini",
    }


def test_the_wheel_says_what_it_is(wheel):
    inside = contents(wheel)
    prefix = f"curvetracker-{version()}.dist-info/"
    metadata = Parser().parsestr(inside[prefix + "METADATA"].decode())
    assert metadata["Name"] == "curvetracker"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert {"postgres", "demo", "dev"} <= set(metadata.get_all("Provides-Extra"))
    assert b"Apache License" in inside[prefix + "licenses/LICENSE"]
    assert b"tracker = tracker.cli:main" in inside[prefix + "entry_points.txt"]
    assert inside[prefix + "WHEEL"].count(b"Tag: py3-none-any") == 1


def test_no_file_of_the_wheel_names_this_machine(wheel):
    marks = [str(ROOT).encode(), str(Path.home()).encode() + b"/"]
    named = [name for name, data in contents(wheel).items() if any(len(m) > 2 and m in data for m in marks)]
    assert named == []


def test_it_runs_from_another_folder(installed, tmp_path):
    environment = {"PATH": os.environ["PATH"], "TRACKER_HOME": str(tmp_path / "home"), "LANG": "C.UTF-8"}
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def run(*command):
        done = subprocess.run(
            command, cwd=elsewhere, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    assert run(installed / "tracker", "--version") == f"tracker {version()}"
    where, answer = run(installed / "python", "-c", LOGS_AND_READS).splitlines()
    assert Path(where).is_relative_to(installed.parent)
    assert answer == "6 0.2 improving"
    assert run(installed / "tracker", "db", "check").startswith("Current: revision ")
    assert "elsewhere/first" in run(installed / "tracker", "runs")


def test_every_dependency_is_bounded_on_both_sides():
    extras = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
    loose = [
        line
        for line in PROJECT["dependencies"] + extras
        if not line.startswith("curvetracker[") and not (">=" in line and ",<" in line)
    ]
    assert loose == []


def test_what_is_installed_lies_within_the_bounds():
    from importlib.metadata import version as installed_version

    from packaging.requirements import Requirement

    extras = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
    outside = []
    for line in PROJECT["dependencies"] + extras:
        wanted = Requirement(line)
        if wanted.name != "curvetracker" and not wanted.specifier.contains(installed_version(wanted.name)):
            outside.append(f"{line}: {installed_version(wanted.name)}")
    assert outside == []


def version():
    return re.search(r'__version__ = "(.+)"', (ROOT / "tracker" / "__init__.py").read_text())[1]


# ------------------------------------------------------------------------------------------------------- the Makefile


@pytest.fixture
def fresh_checkout(tmp_path):
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text())
    return tmp_path


def make(folder, *arguments):
    # What an outer `make test` hands down would make this one speak as its part.
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=outside, capture_output=True, text=True, timeout=60
    )


def stand_in(folder, *refused):
    """A Python that answers no to what holds one of the words, as an old or a stripped one would."""
    path = folder / f"python-without-{refused[0]}"
    tests = "\n".join(f'case "$*" in *"{word}"*) exit 1;; esac' for word in refused)
    path.write_text(
        f'#!/bin/sh\n[ "$1" = -V ] && {{ echo Python 3.9.2; exit 0; }}\n{tests}\nexec "{sys.executable}" "$@"\n'
    )
    path.chmod(0o755)
    return path


def test_make_alone_lists_what_can_be_made(fresh_checkout):
    listed = re.findall(r"^make (\S+)", make(fresh_checkout).stdout, re.MULTILINE)
    benches = ["bench", "bench-log", "bench-dashboard", "bench-diagnosis", "bench-histories"]
    assert listed == ["help", "demo", "test", "test-frameworks", "lint", *benches, "clean"]


@pytest.mark.parametrize("target", ["demo", "test"])
def test_make_without_a_usable_python_says_so_in_one_line(fresh_checkout, target):
    for python, expected in (
        ("no-such-python", "no-such-python is not installed"),
        (stand_in(fresh_checkout, "version_info"), "is Python 3.9.2: Python 3.11 or newer is needed"),
        (stand_in(fresh_checkout, "ensurepip"), "apt-get install python3-venv"),
    ):
        done = make(fresh_checkout, target, f"PYTHON={python}")
        assert done.returncode != 0
        (line,) = (line for line in done.stdout.splitlines() if line)
        assert expected in line
        assert not (fresh_checkout / ".venv").exists()


def test_ci_runs_what_a_developer_runs():
    text = (ROOT / ".ci" / "run").read_text()
    assert "set -euo pipefail" in text
    assert "make test" in text
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_missing_test_tools_are_named_in_one_line(tmp_path):
    for name in ("sed", "mktemp", "tail", "rm"):
        (tmp_path / name).symlink_to(shutil.which(name))
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
    (tmp_path / "id").chmod(0o755)
    done = subprocess.run(
        [shutil.which("bash"), str(ROOT / ".ci" / "tools")],
        env={"PATH": str(tmp_path), "TRACKER_TEST_POSTGRES_URL": "postgresql://somewhere/db"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("make test: not installed: Chromium (apt-get install chromium")
