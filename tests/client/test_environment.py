"""What a run remembers of where it was trained."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tracker.client.environment import environment, git_state

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository on the branch `feature/wide`, seen from a folder inside of it."""
    git = tmp_path / ".git"
    (git / "refs" / "heads" / "feature").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/feature/wide\n")
    (git / "refs" / "heads" / "feature" / "wide").write_text(f"{COMMIT}\n")
    (tmp_path / "train").mkdir()
    monkeypatch.chdir(tmp_path / "train")
    return git


def test_commit_and_branch_are_read_from_a_folder_inside(repository: Path) -> None:
    assert git_state() == {"git_commit": COMMIT, "git_branch": "feature/wide"}
    found = environment()
    assert (found["git_commit"], found["git_branch"]) == (COMMIT, "feature/wide")


def test_a_packed_branch_has_its_commit(repository: Path) -> None:
    (repository / "refs" / "heads" / "feature" / "wide").unlink()
    (repository / "packed-refs").write_text(
        f"# pack-refs with: peeled\n{'a' * 40} refs/heads/main\n{COMMIT} refs/heads/feature/wide\n"
    )
    assert git_state()["git_commit"] == COMMIT


def test_a_detached_head_has_no_branch(repository: Path) -> None:
    (repository / "HEAD").write_text(f"{COMMIT}\n")
    assert git_state() == {"git_commit": COMMIT}


def test_a_fresh_repository_has_no_commit(repository: Path) -> None:
    (repository / "refs" / "heads" / "feature" / "wide").unlink()
    assert git_state() == {"git_branch": "feature/wide"}


def test_a_worktree_reads_its_own_head_and_the_common_branches(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = repository / "worktrees" / "second"
    own.mkdir(parents=True)
    (own / "HEAD").write_text("ref: refs/heads/feature/wide\n")
    (own / "commondir").write_text("../..\n")
    beside = tmp_path / "beside"
    beside.mkdir()
    (beside / ".git").write_text(f"gitdir: {own}\n")
    monkeypatch.chdir(beside)
    assert git_state() == {"git_commit": COMMIT, "git_branch": "feature/wide"}


@pytest.mark.parametrize("head", ["", "ref:", "ref: \x1b[2J", "x" * 40, "ref: refs/heads/../../../secret"])
def test_a_head_that_makes_no_sense_is_no_commit(repository: Path, head: str) -> None:
    (repository / "HEAD").write_text(head)
    assert "git_commit" not in git_state()


def test_no_repository_is_no_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pathlib.Path.is_dir", lambda _: False)
    assert git_state() == {}


def test_git_is_not_started(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a process was started in the user's training")

    monkeypatch.setattr(subprocess.Popen, "__init__", refuse)
    assert environment()["git_branch"] == "feature/wide"
