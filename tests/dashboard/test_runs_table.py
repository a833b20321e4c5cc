"""The runs table's JavaScript: its view in the URL, its filters and order, numbers as Python writes them, its CSV."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.scripts import javascript
from tracker.charts import numbers
from tracker.dashboard.table import FIELDS

ROOM = "runs.js"


def run(**given: Any) -> list[Any]:
    """Return a line as the server tells it."""
    usual: dict[str, Any] = {
        "id": "0000000000001",
        "name": "calm",
        "status": "finished",
        "tags": [],
        "archived": False,
        "group": "",
        "created": 1_700_000_000_000,
        "duration": 90_000,
        "verdict": "healthy",
        "axis": "epoch",
        "percent": 0,
        "test_percent": 0,
    }
    return [(usual | given).get(field) for field in FIELDS]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=a%20b",
        "verdict=overfitting,diverged&status=running",
        "tag=a,b&tag=%26&group=x",
        "archived=1&deleted=1",
        "sort=-best_loss&sort=name",
        "sort=config:lr&col=verdict&col=config:a,b",
        "col=name",
    ],
)
def test_a_view_comes_back_from_its_url(query: str) -> None:
    assert javascript(ROOM, "s.write(s.read(query))", query=query) == query


def test_what_makes_no_sense_in_a_url_is_left_out() -> None:
    query = "verdict=nice,healthy&status=%00&sort=nothing&col=nothing&col=config:&archived=yes&q=" + "x" * 999
    view = javascript(ROOM, "s.read(query)", query=query)
    assert (view["verdict"], view["status"], view["sort"], view["cols"]) == (
        ["healthy"],
        [],
        ["-created"],
        None,
    )
    assert not view["archived"]
    assert len(view["q"]) == 256
    text = quote("\ud83d", errors="surrogatepass")
    assert javascript(ROOM, "s.read('q=' + query).q", query=text) == "\ufffd" * 3


def test_filters_leave_what_fits_all_of_them() -> None:
    lines = [
        run(id="1", name="calm", tags=["a"], group="g"),
        run(id="2", name="CALMER", tags=["b"], verdict="diverged"),
        run(id="3", name="old", archived=True),
    ]

    def left(query: str) -> list[str]:
        found: list[str] = javascript(
            ROOM,
            "lines.map(l => s.row(fields, l)).filter(r => s.passes(s.read(query), r)).map(r => r.id)",
            lines=lines,
            fields=FIELDS,
            query=query,
        )
        return found

    assert left("") == ["1", "2"]
    assert left("archived=1") == ["1", "2", "3"]
    assert left("q=calm") == ["1", "2"]
    assert left("q=calm&verdict=diverged") == ["2"]
    assert left("tag=a&tag=b") == ["1", "2"]
    assert left("tag=a&group=h") == []
    assert left("q=.*") == []


def test_what_is_missing_or_no_number_sorts_last_either_way() -> None:
    values = [None, 3, "NaN", 0.5, "adam", -1, "SGD", "inf"]
    program = "[...values].sort((a, b) => (down ? -1 : 1) * s.compare(a, b, down))"
    up = javascript(ROOM, program, values=values, down=False)
    down = javascript(ROOM, program, values=values, down=True)
    assert up[:5] == [-1, 0.5, 3, "adam", "SGD"]
    assert up[-1] is None
    assert down[:5] == ["SGD", "adam", 3, 0.5, -1]
    assert down[-1] is None


def test_numbers_are_written_as_python_writes_them() -> None:
    some = [
        0,
        0.5,
        -0.25,
        1.3174,
        12.34567,
        999.96,
        12345.678,
        0.00099,
        3e-4,
        1e-12,
        0.0843,
        1234567.8,
        1e7,
        2.5e9,
    ]
    assert javascript(ROOM, "some.map(v => s.value(v))", some=some) == [numbers.value(v) for v in some]
    assert javascript(ROOM, "some.map(v => s.value(v, 3))", some=some) == [numbers.short(v) for v in some]
    lengths = [0, 800, 9_960, 31_000, 119_600, 3_540_000, 7_500_000, 7_200_000, 172_800_000, 273_600_000]
    assert javascript(ROOM, "some.map(s.duration)", some=lengths) == [numbers.duration(v) for v in lengths]
    places = [0, 7, 2.5, 1200, 1234.25]
    assert javascript(ROOM, "some.map(v => s.position(v, 'epoch'))", some=places) == [
        numbers.position(v, compact=True) for v in places
    ]
    settings = [0.1 * 3, 5e-5, -2.5e-7, 1e-4, 0.003, 0, 64, 1e6, "adam", None, {"a": 1}, 1e12, 12345678901]
    assert javascript(ROOM, "some.map(s.shown)", some=settings) == [
        "0.3", "5e-5", "-2.5e-7", "0.0001", "0.003", "0", "64", "1000000", "adam", "", '{"a":1}', "1e12", "12345678901",
    ]  # fmt: skip
    assert javascript(ROOM, "s.value('NaN')") == "NaN"
    assert javascript(ROOM, "s.share(0.757, 100)") == numbers.percent(75.7)


HOSTILE = ["=1+1", "+1", "-1", "@x", "\tx", " =1", 'a"b', "a,b", "a\nb", "plain", "a;b"]


def test_no_cell_of_the_csv_is_a_formula() -> None:
    lines = [run(id=str(i), name=text, tags=[text], gap=-0.5) for i, text in enumerate(HOSTILE)]
    text = javascript(
        ROOM,
        "s.csv(lines.map(l => ({...s.row(fields, l), config: {'=k': l[1]}})), ['name', 'spark', 'gap', 'tags', 'config:=k'])",
        lines=lines,
        fields=FIELDS,
    )
    table = list(csv.reader(io.StringIO(text, newline="")))
    assert table[0] == ["id", "Run", "Gap", "Tags", "'=k"]
    for cells, name in zip(table[1:], HOSTILE, strict=True):
        assert cells[1].lstrip("'") == name
        assert cells[2] == "-0.5"
        assert not any(cell.lstrip(" ").startswith(("=", "+", "@", "\t")) for cell in cells)
        assert not cells[4].startswith("-")


@pytest.mark.parametrize(
    ("project", "name"), [("digits", "digits"), ("../a b", "_a_b"), ("..", "project"), ("损失", "_")]
)
def test_the_file_is_named_after_project_and_day(project: str, name: str) -> None:
    found = javascript(ROOM, "s.fileName(project, new Date(0))", project=project)
    assert found == f"{name}-runs-1970-01-01.csv"


def test_standard_columns_leave_out_what_no_run_has() -> None:
    program = "s.standard(lines.map(l => s.row(fields, l)), ['lr'], phone)"
    bare = javascript(ROOM, program, lines=[run(accuracy="", test="")], fields=FIELDS, phone=False)
    assert bare == [
        "name",
        "status",
        "verdict",
        "spark",
        "best_loss",
        "last",
        "gap",
        "duration",
        "config:lr",
        "created",
    ]
    full = javascript(
        ROOM, program, lines=[run(accuracy="a", test="t", tags=["x"], group="g")], fields=FIELDS, phone=True
    )
    assert full[:4] == ["name", "spark", "best_loss", "best_acc"]
    assert full[-3:] == ["group", "tags", "created"]
