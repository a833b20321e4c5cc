"""What Tab offers: runs that a shell takes as they are, ids of the others, and no error ever."""

from __future__ import annotations

import subprocess
import sys

import pytest

import tracker


@pytest.fixture
def tab(environment):
    """Return what bash is offered behind a line that somebody has begun; click knows the program by its name."""
    program = "import sys; sys.argv = ['tracker']; from tracker.cli import main; main()"

    def press(line, **variables):
        words = f"tracker {line}"
        asked = {
            "_TRACKER_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(words.count(" ")),
        }
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**environment, **asked, **variables},
            capture_output=True,
            text=True,
        )
        assert done.stderr == ""
        return done.stdout.split()

    return press


def test_runs_projects_and_sources_are_offered(tab, filled):
    evil = tracker.Run("vision", "a b; $(rm -rf `x`)")
    evil.finish()
    assert tab("show vision/g") == ["vision/good"]
    assert "vision/good" in tab("compare text/broken ")
    assert tab(f"show {evil.id[:6]}") == [evil.id]
    offered = tab("show ")
    assert evil.id in offered
    assert {"vision/good", "text/broken"} <= set(offered)
    assert not any(part in " ".join(offered) for part in ("$", "`", ";"))
    assert sorted(tab("runs --project ")) == ["text", "vision"]
    assert tab("import tens") == ["tensorboard"]


def test_a_store_that_is_away_offers_nothing(tab, tmp_path):
    assert tab("show v", TRACKER_URL="postgresql://127.0.0.1:9/none") == []
    assert tab("show v", TRACKER_URL=f"sqlite:///{tmp_path}/none.db") == []
    assert not (tmp_path / "none.db").exists()
