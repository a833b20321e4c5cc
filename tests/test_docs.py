"""What the documents say is true: code runs, commands exist, settings are told, links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
import typer

from tracker import settings
from tracker.cli import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FRAMEWORKS = sorted((ROOT / "docs" / "frameworks").glob("*.md"))  # their programs run in tests/frameworks
README = (ROOT / "README.md").read_text()
COMMAND = typer.main.get_command(app)


@dataclass(frozen=True)
class Block:
    page: Path
    line: int
    language: str
    text: str
    prints: str | None

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page; a `text` block right behind a Python block is what that one prints."""
    text = page.read_text()
    found = []
    fences = list(re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    for fence, after in zip(fences, [*fences[1:], None], strict=False):
        follows = after is not None and after[1] == "text" and not text[fence.end() : after.start()].strip()
        line = text[: fence.start()].count("\n") + 1
        found.append(Block(page, line, fence[1], fence[2], after[2] if follows else None))
    return found


BLOCKS = [block for page in PAGES for block in blocks(page)]
PYTHON = [block for block in BLOCKS if block.language == "python"]
SHELL = [block for block in BLOCKS if block.language in ("sh", "console")]


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    return {**kept, "TRACKER_HOME": str(home), "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}


def run(program: list[str], folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, *program],
        cwd=folder,
        env=environment(folder / "home"),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=150,
    )
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr, done.stderr
    return done.stdout


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_code_runs_as_it_stands(block, tmp_path):
    said = run(["-c", block.text], tmp_path)
    if block.prints is not None:
        assert said == block.prints


def test_the_pages_hold_the_code_that_they_promise():
    of_readme = [block for block in PYTHON if block.page.name == "README.md"]
    assert len(of_readme) == 2
    assert "tracker.log(" in of_readme[0].text
    assert "tracker.diagnose(" in of_readme[1].text
    # A block in a language that no test here reads could say anything.
    assert {block.language for block in BLOCKS} <= {"python", "sh", "console", "text"}
    assert all(text.count("```") % 2 == 0 for text in (page.read_text() for page in PAGES))
    assert sum(page.read_text().count("\n```") for page in PAGES) == 2 * len(BLOCKS)


def test_the_readme_loop_leaves_a_run(tmp_path):
    (loop, _) = (block for block in PYTHON if block.page.name == "README.md")
    said = run(
        ["-c", loop.text + "\nprint(tracker.diagnose(run).verdict, len(tracker.history(run)))"], tmp_path
    )
    assert said == "healthy 40\n"


# ---------------------------------------------------------------------------------------------------------- commands


def lines_of(block: Block) -> list[list[str]]:
    """The commands of a shell block as words, without leading variables; in a console block they stand behind a $."""
    lines = block.text.splitlines()
    if block.language == "console":
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    commands = []
    for line in lines:
        words = shlex.split(line, comments=True)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words = words[1:]
        if words:
            commands.append(words)
    return commands


def check_command(words: list[str]) -> None:
    """Hold a `tracker ...` line to the commands and options that exist."""
    command: click.Command = COMMAND
    rest = words[1:]
    while hasattr(command, "commands"):
        assert rest, f"{words}: no command"
        assert rest[0] in command.commands, f"{words}: there is no command {rest[0]!r}"
        command, rest = command.commands[rest[0]], rest[1:]
    options = {name for parameter in command.params for name in parameter.opts}
    arguments = [word for word in rest if word.startswith("--")]
    assert set(arguments) <= options, f"{words}: unknown options {set(arguments) - options}"


@pytest.mark.parametrize("block", SHELL, ids=str)
def test_shell_lines_name_what_exists(block):
    makefile = (ROOT / "Makefile").read_text()
    for words in lines_of(block):
        if words[0] == "tracker":
            check_command(words)
        elif words[0] == "make":
            assert re.search(rf"^{words[1]}:", makefile, re.MULTILINE), (
                f"the Makefile has no target {words[1]}"
            )
        elif words[:2] == ["pip", "install"]:
            assert re.fullmatch(r"curvetracker(\[\w+\])?", words[2])
        else:
            assert words[0] in ("export", "python", "docker", "echo"), f"who holds {words} to be true?"


def test_a_command_that_does_not_exist_is_seen():
    check_command(["tracker", "runs", "--json"])
    for wrong in (["tracker", "bogus"], ["tracker", "runs", "--bogus"], ["tracker", "db", "bogus"]):
        with pytest.raises(AssertionError):
            check_command(wrong)


def test_every_command_is_in_the_readme_and_no_other():
    exist = set()
    for name, command in COMMAND.commands.items():
        exist |= {f"{name} {sub}" for sub in command.commands} if hasattr(command, "commands") else {name}
    told = {
        re.sub(r"( [A-Z_]+)+$", "", name)
        for name in re.findall(r"^\| `tracker ([^`]+)` \|", README, re.MULTILINE)
    }
    assert told == exist


# ----------------------------------------------------------------------------------------------------------- settings


def test_every_setting_is_in_the_readme_and_no_other():
    assert set(re.findall(r"^\| `(TRACKER_\w+)` \|", README, re.MULTILINE)) == set(settings.VARIABLES)


def test_no_page_names_a_setting_that_does_not_exist():
    # The compose file's own variables are its own business.
    compose = set(re.findall(r"TRACKER_\w+", (ROOT / "docker-compose.yml").read_text()))
    for page in [*PAGES, *FRAMEWORKS, ROOT / "SECURITY.md", ROOT / "CHANGELOG.md"]:
        assert set(re.findall(r"\bTRACKER_\w+", page.read_text())) <= set(settings.VARIABLES) | compose, (
            page.name
        )


def test_every_variable_that_the_code_reads_is_a_setting():
    read = set()
    for path in (ROOT / "tracker").rglob("*.py"):
        read |= set(re.findall(r"environ(?:\.get\(|\[)[\"'](TRACKER_\w+)", path.read_text()))
    assert read == set(settings.VARIABLES)


# --------------------------------------------------------------------------------------------------- pages and examples


@pytest.mark.parametrize(
    "page",
    [*PAGES, *FRAMEWORKS, ROOT / "SECURITY.md", ROOT / "CHANGELOG.md"],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_links_within_the_project_lead_somewhere(page):
    text = page.read_text()
    links = re.findall(r"\]\(([^)#\s]+)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text)
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


def test_verdicts_are_explained():
    from tracker.model import VERDICTS

    told = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "diagnosis.md").read_text(), re.MULTILINE)
    assert sorted(told) == sorted(VERDICTS)


def test_the_changelog_knows_this_version():
    import tracker

    headings = re.findall(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "Unreleased" or headings[0] == tracker.__version__


def test_every_public_name_is_told():
    import tracker

    everything = "\n".join(page.read_text() for page in PAGES)
    names = [name for name in tracker.__all__ if not name.startswith("__")]
    untold = [name for name in names if not re.search(rf"\btracker\.{name}\b", everything)]
    assert untold == []


EXAMPLES = [
    path for path in sorted((ROOT / "examples").glob("*.py")) if "import torch" not in path.read_text()
]
"""Those that need PyTorch run with the frameworks' tests."""


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_runs(example, tmp_path):
    said = run([str(example), *(["curves.html"] if example.name == "keras_history.py" else [])], tmp_path)
    if example.name == "keras_history.py":
        assert "verdict: overconfident" in said
        assert (tmp_path / "curves.html").stat().st_size > 10_000
    else:
        assert said.startswith(("Healthy", "Still improving"))
