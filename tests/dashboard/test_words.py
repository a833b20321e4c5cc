"""Words, numbers and addresses as readers see them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tracker.charts.compared import setting_text, settings
from tracker.charts.numbers import as_share
from tracker.dashboard import paths
from tracker.dashboard.components.comparison import MOST_SETTINGS, table
from tracker.dashboard.grouping import LONGEST, group_of
from tracker.dashboard.rows import row
from tracker.dashboard.words import percent_scale, status_sentence, verdict_words, when
from tracker.model import VERDICTS, RunRecord, SeriesRecord


def series(name: str, low: float, high: float) -> SeriesRecord:
    return SeriesRecord(1, 0, name, 2, 1, 1.0, high, low, 0, 0.0, high, 1, 1.0)


def record(status: str = "finished", exception: str | None = None, **config: object) -> RunRecord:
    return RunRecord(1, "p", "r", None, status, exception, "", (), 0, 0, 0, 90_000, 1, config)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kept", "value", "text"),
    [
        (series("val/accuracy", 0.1, 0.9), 0.757, "75.7\u202f%"),
        (series("val_acc", 10, 90), 75.7, "75.7\u202f%"),
        (series("val/f1", 0.1, 0.9), 0.757, "0.757"),
        (None, None, "–"),
    ],
)
def test_accuracy_is_written_in_percent(kept: SeriesRecord | None, value: float | None, text: str) -> None:
    assert as_share(percent_scale(kept))(value) == text


def test_train_and_validation_share_one_scale() -> None:
    train, val = series("train/acc", 0.2, 60), series("val/acc", 0.1, 0.68)
    assert (percent_scale(val, train), percent_scale(train, val), percent_scale(val)) == (1, 1, 100)
    rounded = series("train/acc", 0.2, 1.0000019)  # a float32 mean over batches that were all right
    assert percent_scale(val, rounded) == 100


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("val/top5", 100),
        ("val/mAcc", 100),
        ("val/Acc@1", 100),
        ("val/vaccine_loss", 0),
        ("val/accumulated", 0),
    ],
)
def test_a_share_is_told_by_its_metric(name: str, scale: int) -> None:
    assert percent_scale(series(name, 0.1, 0.9)) == scale


def test_every_verdict_has_an_icon_and_a_word() -> None:
    shown = [verdict_words(v) for v in VERDICTS]
    assert len({w.label for w in shown}) == len(VERDICTS)
    assert all(w.icon and w.tone for w in shown)


def test_a_failed_run_names_its_exception() -> None:
    assert status_sentence(record("failed", "ValueError")).startswith("Failed with ValueError after")
    assert status_sentence(record()).startswith("Finished in")


@pytest.mark.parametrize(
    ("ago_s", "text"), [(5, "just now"), (125, "2\u202fmin ago"), (7300, "2\u202fh ago"), (10**6, ":")]
)
def test_moments_are_told_as_people_do(ago_s: int, text: str) -> None:
    now = 1_800_000_000_000
    assert text in when(now - ago_s * 1000, now)


def test_only_settings_that_differ_are_compared() -> None:
    configs = [
        {"lr": 0.1, "seed": 1, "extra": "x", "opt": {"name": "adam"}},
        {"lr": 0.2, "seed": 1, "opt": {"name": "sgd"}},
    ]
    assert settings(configs) == (["lr", "opt.name", "extra"], ["seed"])
    assert settings([]) == ([], [])
    assert settings(configs[:1]) == ([], ["lr", "seed", "extra", "opt.name"])


@pytest.mark.parametrize(
    ("more", "said"), [(0, ""), (1, "1 further setting differs"), (16, "16 further settings differ")]
)
def test_a_comparison_says_how_many_settings_it_leaves_out(more: int, said: str) -> None:
    keys = range(MOST_SETTINGS + more)
    runs = [record(**{f"s{key}": run for key in keys}) for run in (0, 1)]
    spec = table([(run, row(run, None)) for run in runs], None, None)
    assert spec["left"] == said
    assert sum(column["key"].startswith("config:") for column in spec["columns"]) == MOST_SETTINGS


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.555, "+0.11"),
        (0.547, "+0.10"),
        (1.343, "+0.90"),
        (0.4, "−0.043"),
        (381_453.0, "+381,453"),
        (0.443, ""),
    ],
)
def test_differences_from_the_baseline_have_the_digits_of_a_gap(value: float, said: str) -> None:
    held, other = replace(record(), run_id=1), replace(record(), run_id=2)
    rows = [{**row(run, None), "best_loss": best} for run, best in ((held, 0.443), (other, value))]
    spec = table(list(zip((held, other), rows, strict=True)), None, held.id)
    assert [one["cells"][1]["delta"] for one in spec["rows"]] == ["", said]


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        (("accuracy", None), "Best val acc"),
        ((None, None), "Best val acc"),
        (("R2", "R2"), "Best val R2"),
        (("R2", "accuracy"), "Best val score"),
    ],
)
def test_the_best_scores_stand_under_what_they_are(scores: tuple[str | None, ...], said: str) -> None:
    spec = table([(record(), {**row(record(), None), "score": one}) for one in scores], None, None)
    assert spec["columns"][2]["label"] == said


def test_settings_that_only_look_alike_are_two() -> None:
    near = [{"lr": 0.0010000001, "beams": 4}, {"lr": 0.0010000002, "beams": 4}]
    assert settings(near) == (["lr"], ["beams"])
    runs = [replace(record(), config=config) for config in near]
    assert group_of(runs[0], "config:lr") != group_of(runs[1], "config:lr")
    long = [replace(record(), config={"prompt": "the same long beginning " * 9 + end}) for end in "ab"]
    names = [group_of(run, "config:prompt") for run in long]
    assert names[0] != names[1]
    assert max(map(len, names)) <= LONGEST
    assert group_of(long[0], "config:prompt") == names[0]
    assert group_of(record(lr=0.1), "config:lr") == "0.1"


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        (None, "–"),
        (True, "true"),
        (3e-3, "0.003"),
        (256, "256"),
        ("adam", "adam"),
        (1e-5, "1e-5"),
        (2.5e-10, "2.5e-10"),
        (-3e6, "-3e6"),
        (1e20, "1e20"),
    ],
)
def test_settings_are_short(setting: object, text: str) -> None:
    assert setting_text(setting) == text


@pytest.mark.parametrize("project", ["digits", "a/b", "100 %", "<b>", "ü", "..", "compare"])
def test_addresses_round_trip(project: str) -> None:
    assert paths.read(paths.runs_path(project)) == ("runs", project, "")
    assert paths.read(paths.compare_path(project)) == ("compare", project, "")
    assert paths.read(paths.run_path(project, "0000000000001")) == ("run", project, "0000000000001")


@pytest.mark.parametrize("path", ["/p", "/p//compare", "/q/x", "/p/a/b", "/p/a/r", "/p/a/r/b/c"])
def test_other_addresses_are_unknown(path: str) -> None:
    assert paths.read(path).page == "unknown"
