"""What is kept and sent of a comparison, without a browser: frozen ones, saved ones and the report."""

from __future__ import annotations

import json
import math
import subprocess
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import orjson
import pytest

from tests.support.runs import HEALTHY, OVERFIT, finished_run
from tests.support.sessions import Session, rows
from tracker.dashboard import freezing, paths, sharing
from tracker.dashboard.app import page
from tracker.dashboard.components import cards, verdict
from tracker.dashboard.components.chart import Screen, figure
from tracker.dashboard.data import Data
from tracker.dashboard.drawing import drawn
from tracker.dashboard.freezing import pack, unpack
from tracker.dashboard.paths import view_path
from tracker.dashboard.state import View
from tracker.errors import BadInput
from tracker.model import Annotation, Overview, Series, id_text
from tracker.store import Store

ASSETS = Path(sharing.__file__).parent / "assets"


def _as_sent(drawn: Any) -> bytes:
    return orjson.dumps(drawn, option=orjson.OPT_SERIALIZE_NUMPY)


def same(one: Series | None, other: Series | None) -> bool:
    if one is None or other is None:
        return one is other
    columns = ("step", "epoch", "value", "elapsed_ms")
    return one.name == other.name and all(
        np.array_equal(getattr(one, c), getattr(other, c), equal_nan=c in ("epoch", "value")) for c in columns
    )


@pytest.fixture
def data(store: Store) -> Data:
    finished_run(
        store, "demo", "wide", OVERFIT, config={"lr": 0.1, "big": 2**70, "nan": math.nan}, tags=("a",)
    )
    finished_run(store, "demo", "<b>narrow</b>", {**HEALTHY, "extra": [1.0]}, config={"lr": 0.2}, group="g")
    return Data(store)


class TestFrozen:
    def test_its_words_are_those_of_the_live_comparison(self, data: Data) -> None:
        now = sharing.as_now(data, "demo", View())
        live, kept = (
            [str(verdict.best_box(curves)) for _, curves in one.runs] for one in (now, unpack(pack(now)))
        )
        assert kept == live
        assert any("%" in box for box in live)

    def test_it_comes_back_as_it_was(self, data: Data) -> None:
        now = sharing.as_now(data, "demo", View.from_query("x=step&log=1&sm=0.5"))
        again = unpack(pack(now))
        assert (again.view, again.focus, again.base, again.at_ms) == (
            now.view,
            now.focus,
            now.base,
            now.at_ms,
        )
        assert json.dumps(again.rows) == json.dumps(now.rows)
        for (old, was), (new, curves) in zip(now.runs, again.runs, strict=True):
            assert repr(old) == repr(new)
            assert curves.diagnosis == was.diagnosis
            assert (curves.loss_pair, curves.accuracy_pair) == (was.loss_pair, was.accuracy_pair)
            assert all(map(same, (*was.loss, *was.accuracy), (*curves.loss, *curves.accuracy)))

    def test_its_picture_is_the_one_that_was_frozen(self, store: Store) -> None:
        rate = [0.1 if e < 30 else 0.01 for e in range(60)]
        record = finished_run(store, "lrs", "run", {**OVERFIT, "lr": rate})
        note = Annotation("note", "", "warm up ends", epoch=10.0, at_ms=1, author="Ada")
        store.annotate(record.run_id, note)
        data = Data(store)
        for view in (View(), View(x="metric:lr", x0=0.02, x1=0.05)):
            now = sharing.as_now(data, "lrs", view)
            cold = unpack(pack(now))
            shown = figure(list(cold.runs), cold.view, Screen(), cold.focus, kept=cold.beside)
            live = figure(list(now.runs), view, Screen(), now.focus, data=data)
            assert _as_sent(shown) == _as_sent(live)
            assert "lr" in cold.beside[record.run_id]
            assert cold.beside[record.run_id]["notes"] == (note,)

    def test_its_cards_show_what_they_showed(self, store: Store) -> None:
        rate = [0.1 if e < 30 else 0.01 for e in range(60)]
        first = finished_run(store, "lrs", "first", {**OVERFIT, "optim/lr": rate, "train/grad_norm": rate})
        finished_run(store, "lrs", "second", {**OVERFIT, "optim/lr": rate})
        data = Data(store)
        for view in (View(cards=("optim_lr",)), View(x="metric:train/loss", x0=0.1, x1=1.0, sm=0.5)):
            now = sharing.as_now(data, "lrs", view)
            cold = unpack(pack(now))
            listed = cards.listed(cold, cold.runs)
            assert listed == cards.listed(data, now.runs)
            assert len(listed) == 2
            ask = {"keys": [one["key"] for one in listed]}
            shown = cards._pictures(cold, cold.runs, cold.view, cold.focus, ask)
            live = cards._pictures(data, now.runs, view, now.focus, ask)
            assert all(any(len(t["x"]) for t in one["picture"]["data"]) for one in live.values())
            assert _as_sent(shown) == _as_sent(live)
        session = Session(store, first.run_id, resume="allow")
        session.ship(rows([9.0] * 60, "optim/lr", elapsed_ms=90_000_000))
        again = cards._pictures(cold, cold.runs, cold.view, cold.focus, ask)
        assert _as_sent(again) == _as_sent(shown)

    def test_its_cards_are_read_a_few_at_a_time_and_thinned_as_they_come(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        names = {f"m{n}": [*[1.0] * 700, 9.0, *[1.0] * 299] for n in range(7)}
        for run in ("one", "two"):
            finished_run(store, "many", run, {**OVERFIT, **names})
        data = Data(store)
        asked: list[int] = []
        honest = data.metric_lines

        def counted(records: Any, wanted: Any) -> Any:
            asked.append(len(records) * len(wanted))
            return honest(records, wanted)

        monkeypatch.setattr(data, "metric_lines", counted)
        monkeypatch.setattr(sharing, "AT_ONCE", 3)
        monkeypatch.setattr(freezing, "MOST_POINTS", 14 * 250)
        now = sharing.as_now(data, "many", View())
        assert max(asked) == 3
        found = [series for logged in now.logged.values() for series in logged.values()]
        assert len(found) == 14
        assert all(len(series) <= 500 and 9.0 in series.value for series in found)
        cold = unpack(pack(now))
        kept = [series for logged in cold.logged.values() for series in logged.values()]
        assert all(map(same, kept, found))

    def test_it_keeps_as_many_cards_as_there_is_room_for_the_chosen_before_all(self, store: Store) -> None:
        names = {f"m{n}": [float(n)] * 3 for n in range(10)}
        finished_run(store, "many", "run", {**OVERFIT, **names})
        every = Data(store).cards([store.runs("many")[0]])
        assert len(every) == 10
        assert freezing.kept_cards(every, (), 1) == (list(every), 0)
        kept, omitted = freezing.kept_cards(every, (every[7].key, "gone"), freezing.MOST_SERIES // 3)
        assert [card.key for card in kept] == [every[0].key, every[1].key, every[7].key]
        assert omitted == 7

    def test_one_of_the_first_version_still_opens(self, data: Data) -> None:
        now = sharing.as_now(data, "demo", View(x="metric:lr", x0=0.02, x1=0.05))
        _, text, numbers = msgspec.msgpack.decode(zlib.decompress(pack(now)))
        said = json.loads(text)
        for run in said["runs"]:
            del run["beside"]
        for later in ("cards", "omitted", "logged"):
            del said[later]
        for row in said["rows"]:
            if "%" in row["best_acc_text"]:
                row["best_acc"] /= 100
        body = zlib.compress(msgspec.msgpack.encode((1, json.dumps(said), numbers)))
        old = unpack(body)
        assert (old.view.x, old.view.x0) == ("epoch", None)
        assert [row["best_acc"] for row in old.rows] == pytest.approx([row["best_acc"] for row in now.rows])
        drawn = figure(list(old.runs), old.view, Screen(), old.focus, kept=old.beside)
        assert any(len(trace["x"]) for trace in drawn["data"])

    def test_long_series_are_thinned_and_keep_their_spikes(
        self, data: Data, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = sharing.as_now(data, "demo", View())
        record, curves = now.runs[0]
        n = 30_000
        value = np.ones(n)
        value[12_345], value[20_000] = 9.0, math.nan
        steps = np.arange(n)
        long = Series("val/loss", steps, steps / 10, value, steps)
        monkeypatch.setattr(freezing, "MOST_POINTS", 10_000)
        held = replace(now, runs=((record, replace(curves, loss=(None, long))),), rows=now.rows[:1])
        (_, again) = unpack(pack(held)).runs[0]
        kept = again.loss[1]
        assert kept is not None
        assert len(kept) < 3_000
        assert 9.0 in kept.value
        assert np.isnan(kept.value).any()

    def test_an_overview_keeps_its_means(self, data: Data) -> None:
        now = sharing.as_now(data, "demo", View())
        record, curves = now.runs[0]
        whole = curves.loss[1]
        assert whole is not None
        short = replace(whole, name="means")
        long = Overview(whole.name, whole.step, whole.epoch, whole.value, whole.elapsed_ms, 123_456, short)
        held = replace(now, runs=((record, replace(curves, loss=(None, long))),), rows=now.rows[:1])
        again = unpack(pack(held)).runs[0][1].loss[1]
        assert isinstance(again, Overview)
        assert again.points == 123_456
        assert same(again, long)
        assert same(again.means, short)

    def test_one_of_a_newer_version_says_what_to_install(self) -> None:
        body = zlib.compress(msgspec.msgpack.encode((freezing.VERSION + 1, "{}", [])))
        with pytest.raises(BadInput, match="pip install -U curvetracker"):
            unpack(body)

    def test_the_page_of_one_of_a_newer_version_says_it_too(
        self, data: Data, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said = {"title": "Both", "author": "", "description": ""}
        kept = sharing.save(data, "demo", "", **said, frozen=True)
        monkeypatch.setattr(freezing, "VERSION", 0)
        shown, title = page(data, sharing.Frozens(data), paths.read(view_path(kept.id)), "", Screen())
        assert title == "Cannot be shown · tracker"
        assert "This comparison was frozen by a newer version" in str(shown)


class TestSave:
    def test_a_frozen_one_names_its_runs_and_outlives_them(self, data: Data) -> None:
        said = {"title": " Both ", "author": "Ada", "description": ""}
        live = sharing.save(data, "demo", "log=1", **said)
        kept = sharing.save(data, "demo", "log=1", **said, frozen=True)
        assert (live.title, live.query, live.frozen) == ("Both", "log=1", False)
        runs, _, _ = drawn(data, "demo", View())
        assert View.from_query(kept.query).runs == tuple(record.id for record, _ in runs)
        data.store.delete([record.run_id for record, _ in runs])
        frozen = sharing.Frozens(data).read(kept.id)
        assert [record.name for record, _ in frozen.runs] == [record.name for record, _ in runs]

    def test_nothing_shown_or_no_title_keeps_nothing(self, data: Data) -> None:
        none = View(runs=(id_text(5),)).to_query()
        with pytest.raises(BadInput, match="no run is shown"):
            sharing.save(data, "demo", none, title="x", author="", description="", frozen=True)
        with pytest.raises(BadInput, match="needs a title"):
            sharing.save(data, "demo", "", title="  ", author="", description="", frozen=True)
        assert data.store.views("demo") == []


class TestReport:
    def test_it_holds_the_runs_that_are_drawn(self, data: Data) -> None:
        page = sharing.report(data, "demo", "")
        assert "Content-Security-Policy" in page
        assert "&lt;b&gt;narrow&lt;/b&gt;" in page
        assert "<b>narrow" not in page
        record = next(r for r in data.runs("demo") if r.name == "wide")
        alone = sharing.report(data, "demo", View(runs=(record.id,)).to_query())
        assert "narrow" not in alone

    def test_without_a_run_it_says_what_to_do(self, data: Data) -> None:
        with pytest.raises(BadInput, match="show one with the eye"):
            sharing.report(data, "demo", View(runs=(id_text(5),)).to_query())


def test_the_browsers_part() -> None:
    program = (
        f"const s = require({json.dumps(str(ASSETS / 'share.js'))});"
        "console.log(JSON.stringify([s.reportPath('a/b & c', '?log=1&q=%26'),"
        " s.named(\"attachment; filename*=UTF-8''a%20b.html\"), s.named(null), s.named(\"x; filename*=UTF-8''%zz\")]));"
    )
    done = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [
        "/api/v1/report?project=a%2Fb%20%26%20c&view=log%3D1%26q%3D%2526",
        "a b.html",
        "report.html",
        "report.html",
    ]


def test_a_link_to_a_saved_view_that_is_gone_says_so(data: Data) -> None:
    body, _ = page(data, sharing.Frozens(data), paths.read("/v/0000000000001"), "", Screen())
    told = str(body)
    assert "There is no saved view" in told
    assert "Ask whoever sent the link" in told
    assert "first run" not in told
