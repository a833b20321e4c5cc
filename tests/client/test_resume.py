"""A run that goes on: what it counts on from, and what is said when it cannot."""

from __future__ import annotations

import threading

import pytest

import tracker
from tests.support.process import Home
from tracker.client import logger
from tracker.errors import RunMissing, StoreUnavailable
from tracker.journal.shipper import Shipper
from tracker.model import id_text, new_id


def test_a_resumed_run_counts_on(home: Home) -> None:
    with tracker.init(id="0123456789abc") as run:
        for i in range(3):
            run.log(loss=float(i))
    with tracker.init(id="0123456789abc", resume="must") as run:
        for i in range(2):
            run.log(loss=10.0 + i)
    assert home.values() == {0: 0.0, 1: 1.0, 2: 2.0, 3: 10.0, 4: 11.0}
    run_id = home.only_run().run_id
    times = home.store().points([(run_id, "loss")])[run_id, "loss"].elapsed_ms.tolist()
    assert times == sorted(times)


@pytest.mark.parametrize("resume", ["allow", "must"])
def test_a_resumed_run_goes_by_what_the_store_calls_it(
    home: Home, capsys: pytest.CaptureFixture[str], resume: str
) -> None:
    with tracker.init(project="res", name="orig", tags=["kept"], notes="first") as first:
        first.log(loss=1.0)
    capsys.readouterr()
    with tracker.init(id=first.id, resume=resume) as again:
        again.log(loss=0.5)
        assert again.flush()
        assert (again.project, again.name, again.tags, again.notes) == ("res", "orig", ("kept",), "first")
        assert again.url.endswith(f"/p/res/r/{first.id}")
        again.tags += ("more",)
    said = capsys.readouterr().err
    assert f"run orig ({first.id}) of project res, watch it at {again.url}" in said
    assert "project default" not in said
    assert home.only_run().tags == ("kept", "more")


def test_the_run_that_a_launcher_names_is_announced_once_and_by_its_name(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKER_RUN_ID", "0123456789abc")
    for _ in range(2):
        with tracker.init() as run:
            run.log(loss=1.0)
            assert run.flush()
        told = [line for line in capsys.readouterr().err.splitlines() if "watch it at" in line]
        assert told == [
            f"tracker: run {home.only_run().name} ({run.id}) of project default, watch it at {run.url}"
        ]


def test_a_run_that_must_exist_and_does_not_is_only_raised(
    home: Home, capsys: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    with pytest.raises(RunMissing):
        tracker.init(id=id_text(new_id()), resume="must")
    assert capsys.readouterr().err == ""
    assert not [w for w in recwarn if "no longer sent" in str(w.message)]


def test_a_run_that_must_exist_and_was_deleted_for_good_is_only_raised(home: Home) -> None:
    _made("0000000000007")
    store = home.store()
    store.delete([7])
    assert store.purge(2**60) == 1
    with pytest.raises(RunMissing, match="deleted for good"):
        tracker.init(id="0000000000007", resume="must")
    assert home.files() == []
    assert store.runs() == []


def test_a_run_that_cannot_be_resumed_in_time_is_left_as_it_was(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither now nor with a later sync does it become failed: nothing of the attempt stays."""
    monkeypatch.setattr(logger, "MUST_WAIT_S", 0.1)
    _made("0000000000007")
    with home.locked(), pytest.raises(StoreUnavailable, match="waited"):
        tracker.init(id="0000000000007", resume="must")
    assert home.files() == []
    home.settle()
    assert home.only_run().status == "finished"
    assert len(home.store().sessions(home.only_run().run_id)) == 1
    assert tracker.run is None


def test_an_attempt_to_resume_that_arrives_at_the_last_moment_counts(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    _made("0000000000007")
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with home.locked():
            held.set()
            let_go.wait()

    honest = Shipper.give_up

    def given_up(shipper: Shipper, timeout: float) -> bool:
        let_go.set()
        return honest(shipper, timeout)

    monkeypatch.setattr(Shipper, "give_up", given_up)
    monkeypatch.setattr(logger, "MUST_WAIT_S", 2.0)
    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    run = tracker.init(id="0000000000007", resume="must")
    thread.join()
    run.log(loss=2.0)
    run.finish()
    assert home.values() == {0: 1.0, 1: 2.0}


def _made(run_id: str) -> None:
    run = tracker.init(id=run_id)
    run.log(loss=1.0)
    run.finish()
