"""A report: what stands in the file, what can never stand in it, and how large it grows."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from functools import partial
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import tracker
from tests.support.runs import HEALTHY, OVERFIT, finished_run, log
from tests.support.scripts import javascript
from tests.support.sessions import Session
from tracker import comparison
from tracker.comparison import gather
from tracker.errors import BadInput
from tracker.report.table import MOST_SETTINGS
from tracker.store import open_store
from tracker.store.base import Store

ASSETS = Path(tracker.__file__).parent / "report" / "assets"
EVIL = "</script><img src=x onerror=alert(1)>\"'\u202e txt"


@pytest.fixture
def store(store: Store, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("TRACKER_URL", sqlite_url)
    return store


class Reader(HTMLParser):
    """The elements of a page with their attributes, and the text of each kind of element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[str] = []
        self.words: list[str] = []
        self.held: dict[str, list[str]] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        where = self.inside[-1] if self.inside else ""
        self.held.setdefault(where, []).append(data)
        if where not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"[ \n]+", " ", " ".join(self.words))


def report(path: Path, runs: list[Any], baseline: Any = None, **options: Any) -> tuple[str, Reader]:
    text = gather(runs, baseline).to_html(path / "report.html", **options).read_text("utf-8")
    return text, Reader(text)


def curves(page: Reader) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(page.held["script"][0])))


def noisy(n: int, seed: int = 0) -> dict[str, list[float]]:
    """Curves whose digits do not compress."""
    jitter = [((i * 2654435761 + seed * 40503) % 100003) / 100003 for i in range(4 * n)]
    return {
        name: [base + 2 * 0.997**i + 0.05 * jitter[k * n + i] for i in range(n)]
        for k, (name, base) in enumerate((("train/loss", 0.1), ("val/loss", 0.4)))
    } | {
        name: [0.8 - 0.5 * 0.995**i + 0.01 * jitter[(k + 2) * n + i] for i in range(n)]
        for k, name in enumerate(("train/accuracy", "val/accuracy"))
    }


def test_ten_runs_of_a_thousand_points_stay_below_a_megabyte(store: Store, tmp_path: Path) -> None:
    ids = [finished_run(store, "p", f"run {i}", noisy(1000, i), config={"seed": i}).id for i in range(10)]
    text, page = report(tmp_path, ids)
    assert len(text.encode()) < 1_000_000
    data = curves(page)
    assert len(data["curves"]) == 40
    assert {len(curve["y"]) for curve in data["curves"]} == {1000}
    assert "10 runs of p" in page.text
    assert "Holds 40,000 points" in page.text


def test_the_file_holds_what_was_logged(store: Store, tmp_path: Path) -> None:
    broken = [*OVERFIT["val/loss"][:50], *[float("nan")] * 10]
    run = finished_run(store, "p", "one", {**OVERFIT, "val/loss": broken})
    data = curves(report(tmp_path, [run.id])[1])
    val = next(c for c in data["curves"] if (c["metric"], c["split"]) == ("loss", "val"))
    assert val["y"][:50] == pytest.approx(broken[:50], rel=1e-5)
    assert val["y"][50:] == [None] * 10
    assert data["xs"][val["x"]] == list(range(60))
    train = next(c for c in data["curves"] if (c["metric"], c["split"]) == ("accuracy", "train"))
    assert train["y"] == pytest.approx([100 * v for v in OVERFIT["train/accuracy"]], rel=1e-5)
    assert data["percent"]


def test_a_long_series_is_sampled_and_its_spike_is_kept(store: Store, tmp_path: Path) -> None:
    long = [1 + 0.9998**i for i in range(20_000)]
    long[12_345] = 77.0
    run = finished_run(store, "p", "long", {"train/loss": long, "val/loss": long})
    _, page = report(tmp_path, [run.id])
    val = next(c for c in curves(page)["curves"] if c["split"] == "val")
    assert len(val["y"]) <= 4000
    assert 77.0 in val["y"]
    assert re.search(r"[\d,]+ of 40,000 points are in this file; the lowest and highest", page.text)


def test_nothing_in_it_can_ask_for_anything(store: Store, tmp_path: Path) -> None:
    ids = [finished_run(store, "p", name, OVERFIT).id for name in ("a", "b")]
    text, page = report(tmp_path, ids)
    (policy,) = (a["content"] for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "http" not in policy
    for kind, inside in (("script", page.held["script"][1]), ("style", page.held["style"][0])):
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    names = {name for _, attributes in page.elements for name in attributes}
    assert not {
        name for name in names if name.startswith("on") or name in ("style", "src", "srcset", "action")
    }
    assert all((a.get("href") or "#").startswith("#") for _, a in page.elements)
    assert re.findall(r"https?://[^\s\"'<]+", text) == ["http://www.w3.org/2000/svg"]


def test_names_and_notes_are_shown_and_never_obeyed(store: Store, tmp_path: Path) -> None:
    evil = finished_run(
        store, EVIL, EVIL, OVERFIT, notes=EVIL, tags=(EVIL,), group=EVIL, config={EVIL: EVIL, "x": EVIL}
    )
    calm = finished_run(store, "p", "calm", HEALTHY, config={"x": 1})
    text, page = report(
        tmp_path, [evil.id, calm.id], evil.id, title=EVIL, description=f"{EVIL}\n\n{EVIL}", author=EVIL
    )
    _, plain_page = report(tmp_path, [calm.id, finished_run(store, "p", "other", OVERFIT).id], title="t")
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in plain_page.elements} | {"h4"}
    assert sum(tag == "script" for tag, _ in page.elements) == 2
    assert not any(tag == "img" for tag, _ in page.elements)
    shown = EVIL.replace("\u202e", "")
    assert page.text.count(shown) >= 8
    assert "\u202e" not in text
    assert page.held["title"][0] == shown


def test_neither_passwords_nor_the_surroundings_are_told(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_TOKEN", "hush-hush-hush")
    ids = [
        finished_run(store, "p", name, HEALTHY, environment={"host": "my-laptop", "git_commit": "ab" * 20}).id
        for name in ("a", "b")
    ]
    text, page = report(tmp_path, ids)
    assert f"from {store.url} by tracker" in page.text
    assert "abababab" in page.text
    for hidden in ("hush-hush", "my-laptop"):
        assert hidden not in text
    secret = "postgresql+psycopg://me:open@sesame@db/lab?password=sesame&sslkey=sesame"
    monkeypatch.setattr(comparison, "open_store", lambda *_, **__: open_store(store.url, readonly=True))
    monkeypatch.setattr(comparison, "store_url", lambda _: secret)
    assert gather(ids).store == "postgresql+psycopg://me@db/lab"


def test_the_table_shows_what_differs_and_marks_it(store: Store, tmp_path: Path) -> None:
    ids = [
        finished_run(store, "p", name, OVERFIT, config={"lr": lr, "width": 64, "drop": drop}).id
        for name, lr, drop in (("first", 0.1, 0.0), ("second", 0.01, 0.0), ("third", 0.1, 0.5))
    ]
    text, page = report(tmp_path, ids, "p/first")
    (head,) = re.findall(r"<thead>.*?</thead>", text, re.DOTALL)
    assert [re.sub("<.*?>", "", cell) for cell in re.findall(r"<th .*?</th>", head)][-2:] == ["drop", "lr"]
    assert re.findall(r'class="setting differs" title="([^"]*)"', text) == ["0.01", "0.5"]
    assert text.count(">baseline</span>") == 1
    assert "1 setting equal in all 3 runs" in page.text
    unmarked, _ = report(tmp_path, ids)
    assert "setting differs" not in unmarked


@pytest.mark.parametrize(
    ("more", "said"), [(1, "1 further setting differs."), (2, "2 further settings differ.")]
)
def test_the_table_says_how_many_settings_it_leaves_out(
    store: Store, tmp_path: Path, more: int, said: str
) -> None:
    for run in (0, 1):
        config = {f"s{key}": run for key in range(MOST_SETTINGS + more)}
        finished_run(store, "demo", f"run-{run}", HEALTHY, config=config)
    _, page = report(tmp_path, ["demo/run-0", "demo/run-1"])
    assert said in page.text


def test_the_words_say_verdict_evidence_advice_and_which_epoch_to_take(store: Store, tmp_path: Path) -> None:
    wide = finished_run(store, "p", "wide", OVERFIT, config={"drop": 0})
    calm = finished_run(store, "p", "calm", HEALTHY, config={"drop": 0.5})
    _, page = report(tmp_path, [wide.id, calm.id])
    said = tracker.diagnose(wide.id)
    for words in (said.sentence, *said.advice, "Best by loss", "Best by accuracy", "rise share of drop"):
        assert words in page.text
    assert re.search(r"They disagree by \d+ epochs\. Take epoch \d+ if you use the probabilities", page.text)
    assert "They differ in drop (0 against 0.5): an observation, not a cause." in page.text
    assert "1 overconfident" in page.text
    assert "1 healthy" in page.text


def test_the_picture_is_the_builders_for_each_run_in_focus(store: Store, tmp_path: Path) -> None:
    wide = finished_run(store, "p", "wide", OVERFIT)
    calm = finished_run(store, "p", "calm", HEALTHY)
    data = curves(report(tmp_path, [calm.id, wide.id])[1])
    assert data["focus"] == 1
    assert data["views"].keys() == {"wide linear", "wide log", "phone linear", "phone log"}
    for view in data["views"].values():
        assert {shape["kind"] for shape in view["focus"][1]["shapes"]} == {"region", "onset", "gap"}
        assert {text["kind"] for text in view["focus"][1]["texts"]} >= {"title", "best", "gap"}
        assert not view["base"]["shapes"]
    names = [text for text in data["views"]["wide linear"]["base"]["texts"] if text["kind"] == "end"]
    assert {"".join(words for words, _ in text["spans"]) for text in names} == {"wide", "calm"}


def test_of_many_runs_only_the_one_in_focus_is_drawn_again(store: Store, tmp_path: Path) -> None:
    ids = [finished_run(store, "p", f"run {i}", OVERFIT if i % 2 else HEALTHY).id for i in range(14)]
    text, page = report(tmp_path, ids)
    view = curves(page)["views"]["wide linear"]
    assert view["over"]
    assert {line[1] for line in view["base"]["lines"]} == {"context"}
    assert len(view["focus"][1]["lines"]) == 4
    assert {shape["kind"] for shape in view["focus"][1]["shapes"]} == {"region", "onset", "gap"}
    assert view["focus"][1]["panels"][0]["range"] == view["base"]["panels"][0]["range"]
    assert text.count('<details class="more">') == 14


def test_runs_of_two_projects_never_share_a_colour(store: Store, tmp_path: Path) -> None:
    ids = [finished_run(store, project, "run", HEALTHY).id for project in ("a", "b")]
    found = gather(ids)
    assert found.records[0].colour == found.records[1].colour
    colours = [run["colour"] for run in curves(report(tmp_path, ids)[1])["runs"]]
    assert colours[0] == found.records[0].colour
    assert len(set(colours)) == 2


def test_a_live_run_is_marked(store: Store, tmp_path: Path) -> None:
    session = Session(store, project="p", name="growing")
    log(session, OVERFIT)
    ended = finished_run(store, "p", "ended", HEALTHY)
    live = store.runs(run_ids=[session.run_id])[0]
    _, page = report(tmp_path, [live.id, ended.id])
    assert "1 run still running" in page.text
    assert "Running when this report was made" in page.text


def test_titles_authors_and_descriptions(store: Store, tmp_path: Path) -> None:
    run = finished_run(store, "p", "lonely", OVERFIT)
    _, page = report(tmp_path, [run.id])
    assert page.held["title"] == ["lonely"]
    assert "Key figures" in page.text
    _, page = report(tmp_path, [run.id], title="What I saw", author="Ada", description="One.\n\nTwo\nlines.")
    assert page.held["title"] == ["What I saw"]
    assert " by Ada" in page.text
    assert "One." in page.text
    assert (
        tracker.compare([run, finished_run(store, "p", "b", HEALTHY)]).to_html(tmp_path / "x.html").exists()
    )


def test_what_cannot_be_written_is_said(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = gather([finished_run(store, "p", "one", HEALTHY).id])
    with pytest.raises(BadInput, match=r"cannot be written to .*no/where\.html"):
        found.to_html(tmp_path / "no" / "where.html")
    monkeypatch.setattr("tracker.report.page.MOST_RUNS", 0)
    with pytest.raises(BadInput, match="got 1: choose fewer"):
        found.to_html(tmp_path / "x.html")
    assert not (tmp_path / "x.html").exists()


def test_a_run_without_curves_is_told_all_the_same(store: Store, tmp_path: Path) -> None:
    run = finished_run(store, "p", "empty", {})
    _, page = report(tmp_path, [run.id])
    assert "Too early" in page.text


# ------------------------------------------------------------------------------------------------ numbers of the chart


numbers = partial(javascript, ASSETS / "scale.js")


def test_the_numbers_of_the_chart() -> None:
    assert numbers(
        "[s.nearest([1, 2, 9], 4), s.nearest([], 1), s.ticks(0.13, 2.6, 5), s.logTicks(0.04, 3), s.tickText(1e-4), "
        "s.tickText(1200), s.valueText(0.08431, false), s.valueText(1.3, false), s.valueText(12345.6, false), "
        "s.valueText(null), s.valueText(77.94, true)]"
    ) == [
        1,
        -1,
        [0.5, 1, 1.5, 2, 2.5],
        [0.05, 0.1, 0.2, 0.5, 1, 2],
        "1e-4",
        "1,200",
        "0.0843",
        "1.300",
        "12,346",
        "–",
        "77.9\u202f%",
    ]


def test_names_keep_apart_and_inside() -> None:
    places = numbers("s.relax([10, 12, 14, 99], 15, 5, 100)")
    assert all(b - a >= 15 - 1e-6 for a, b in pairwise(places))
    assert places[0] >= 5
    assert places[-1] <= 100


def test_a_range_holds_what_is_seen_and_a_run_that_ended_is_silent() -> None:
    low, high = numbers("s.fit([{xs: [1, 2, 3, 4], ys: [50, 2, null, 1]}], [2, 4], false, false)")
    assert low < 1
    assert 2 < high < 3
    assert numbers("s.fit([{xs: [1], ys: [null]}], [0, 2], false, false)") is None
    assert numbers("s.fit([{xs: [1, 2], ys: [0, 1]}], [0, 3], true, false)")[0] > 0
    rows = numbers(
        "s.readings([{run: 0, split: 'train', xs: [1, 2, 3], ys: [4, 5, 6]}, {run: 0, split: 'val', xs: [1, 2, 3], "
        "ys: [7, 8, null]}, {run: 1, split: 'val', xs: [1, 2], ys: [1, 1]}], 3.2)"
    )
    assert rows == [{"run": 0, "x": 3, "train": 6, "val": None}]
    assert numbers("s.around([0, 1, 2, 3, 4, 5], 5, 3)") == [3, 4, 5]
