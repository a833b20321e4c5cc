"""What curves mean, as an answer and as a check."""

from __future__ import annotations

import json

from tests.support.command import RISING, error
from tests.support.journals import left_behind
from tracker.model import id_text
from tracker.settings import store_url


def test_diagnose_a_file(call, tmp_path):
    (tmp_path / "history.csv").write_text(RISING)
    # A file needs no store, not even a usable one.
    said = call("diagnose", "history.csv", TRACKER_URL="mysql://host/db").stdout.splitlines()
    assert said[0] == "overfitting"
    assert said[1].startswith("Overfitting from epoch ")
    assert any(line.startswith("Try: ") for line in said)


def test_diagnose_a_run_by_name_and_by_id(call, filled):
    found = json.loads(call("diagnose", "vision/wide [red]", "--json").stdout)
    assert found["verdict"] == "overfitting"
    assert found["advice"]
    number = next(row["id"] for row in json.loads(call("runs", "--json").stdout) if row["name"] == "good")
    assert call("diagnose", number).stdout.startswith("healthy\n")


def test_diagnose_as_a_check(call, tmp_path):
    (tmp_path / "history.csv").write_text(RISING)
    call("diagnose", "history.csv", "--fail-on", "diverged")
    said = call(
        "diagnose", "history.csv", "--fail-on", "diverged", "--fail-on", "overfitting", "--json", code=1
    )
    assert json.loads(said.stdout)["verdict"] == "overfitting"
    assert "no such verdict" in error(call("diagnose", "history.csv", "--fail-on", "sad", code=2))


def test_diagnose_what_is_not_there(call, tmp_path):
    assert "nothing.csv" in error(call("diagnose", "nothing.csv", code=2))
    (tmp_path / "odd.csv").write_text("just,text\na,b\n")
    assert "odd.csv" in error(call("diagnose", "odd.csv", code=2))


def test_diagnose_a_run_that_is_not_there(call, filled):
    assert "vision/nothing" in error(call("diagnose", "vision/nothing", code=2))


def test_the_size_of_the_validation_set_and_the_classes_are_weighed_in(call, tmp_path):
    (tmp_path / "history.csv").write_text(RISING)
    call("diagnose", "history.csv", "--n-val", "5000", "--class-counts", "900,100")
    call("diagnose", "history.csv", "--class-counts", "cat=900,dog=100")
    for wrong in ("900", "900;100", "900,some", "900,-1", ""):
        assert "900,100" in error(call("diagnose", "history.csv", "--class-counts", wrong, code=2))
    assert "--n-val" in call("diagnose", "history.csv", "--n-val", "0", code=2).stderr


def test_the_class_counts_reach_the_rules(call, tmp_path):
    flat = "epoch,loss,val_loss\n" + "\n".join(f"{epoch},0.6931,0.6932" for epoch in range(1, 25))
    (tmp_path / "flat.csv").write_text(flat)
    without, given = (
        call("diagnose", "flat.csv", *more).stdout for more in ((), ("--class-counts", "500,500"))
    )
    assert without != given
    assert "what the class shares alone give" in given


def test_which_of_several_pairs_is_judged(call, tmp_path):
    rows = [f"{e},{1 / e},{1 / e},{1 / e},{1 / e + max(0, e - 9) * 0.05}" for e in range(1, 25)]
    (tmp_path / "two.csv").write_text("\n".join(["epoch,loss_cls,val_loss_cls,loss_box,val_loss_box", *rows]))
    assert "Not judged: loss_box" in call("diagnose", "two.csv").stdout
    assert call("diagnose", "two.csv", "--pair", "loss_box").stdout.startswith("overfitting\n")
    assert "choose among" in error(call("diagnose", "two.csv", "--pair", "loss_rpn", code=2))


def test_a_run_that_is_only_in_a_journal_says_what_to_do(call, home):
    who = left_behind(home / "journals", store_url(home / "tracker.db"), name="offline")
    for reference in ("late/offline", id_text(who.run_id)):
        line = error(call("diagnose", reference, code=2))
        assert "6 points of it wait in a journal on this machine. `tracker sync` sends it" in line
    call("sync")
    call("diagnose", "late/offline")
