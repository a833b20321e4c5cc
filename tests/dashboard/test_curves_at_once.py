"""Hiding and showing curves before the server answers, without a browser."""

from __future__ import annotations

from typing import Any

from tests.charts.runs import overfit
from tests.support.scripts import javascript
from tracker.charts.curves import Options, loss_accuracy
from tracker.dashboard.components.chart import _name_by_traces

PAGE = """
globalThis.window = globalThis;
const piece = trace => ({ style: {}, __data__: [{ trace }], querySelectorAll: () => trace.customdata ? trace.texts : [] });
const text = i => ({ style: {}, __data__: { i } });
function chart(main) {
  const names = { meta: { marks: true, names: true }, customdata: ["a", "b"], texts: [text(0), text(1)], visible: true };
  const data = [...["a", "b", "b"].map(run => ({ uid: run, meta: { run }, visible: true })), names];
  const notes = [{ style: {} }, { style: {} }], lines = data.map(piece);
  return {
    data, names, lines, notes, layout: { annotations: [{ name: "best:loss:a" }, { name: "best:loss:b" }] },
    on(what, then) { this.after = then; }, closest: () => (main ? {} : null),
    querySelectorAll: at => (at.startsWith(".scatter") ? lines : at.startsWith(".annotation") ? [notes[Number(at.match(/\\d+/)[0])]] : []),
  };
}
const gd = chart(true), card = chart(false);
globalThis.document = { querySelectorAll: () => [gd, card] };
const put = gd => ({ lines: gd.lines.map(l => l.style.display || ""), names: gd.names.texts.map(t => t.style.display || ""),
  notes: gd.notes.map(n => n.style.display || ""), visible: gd.data.map(t => t.visible) });
"""


def page(program: str, **given: Any) -> Any:
    return javascript("curves.js", f"(() => {{ {program} }})()", before=PAGE, **given)


def test_a_hidden_run_goes_with_all_that_is_drawn_of_it_and_comes_back() -> None:
    hidden, card, shown = page(
        "s.hide('b'); const hidden = put(gd), other = put(card); s.show('b'); return [hidden, other, put(gd)]"
    )
    for chart in (hidden, card):
        assert chart == {
            "lines": ["", "none", "none", ""],
            "names": ["", "none"],
            "notes": ["", "none"],
            "visible": [True, False, False, True],
        }
    assert shown == {"lines": [""] * 4, "names": [""] * 2, "notes": [""] * 2, "visible": [True] * 4}


def test_its_curves_rest_in_the_next_figure_out_of_sight() -> None:
    joined, again, now = page(
        "s.hide('b'); const figure = s.joined({ data: [{ meta: { run: 'a' } }] });"
        "gd.data = figure.data; gd.lines = gd.data.map(piece); gd.after();"
        "const drawn = put(gd); s.show('b');"
        "return [drawn, put(gd), s.joined({ data: [] }).data.length]"
    )
    assert joined["visible"] == [None, False, False]
    assert again["visible"] == [None, True, True]
    assert now == 0


def test_curves_that_are_drawn_in_another_way_do_not_rest() -> None:
    assert page("s.hide('b'); s.changed(); return s.joined({ data: [] }).data.length") == 0
    assert page("s.hide('b'); s.fresh(); return s.joined({ data: [] }).data.length") == 0


def test_a_figure_that_still_has_a_hidden_run_does_not_get_it_twice() -> None:
    assert page("s.hide('b'); return s.joined({ data: [{ meta: { run: 'b' } }] }).data.length") == 1


def test_what_reads_the_chart_leaves_hidden_runs_out() -> None:
    assert page("s.hide('b'); return s.seen(gd.data).map(t => t.uid || 'names')") == ["a", "names"]


def test_names_stand_where_annotations_would_have_put_them() -> None:
    line = overfit()
    for log in (False, True):
        drawn = loss_accuracy([line], Options(log_y=log))
        note = next(n for n in drawn["layout"]["annotations"] if n["name"].startswith("end:loss"))
        _name_by_traces(drawn)
        assert not [n for n in drawn["layout"]["annotations"] if n["name"].startswith("end:")]
        names = next(t for t in drawn["data"] if t["uid"] == "names-y")
        assert names["customdata"] == [line.id]
        assert names["text"][0].strip("\N{NO-BREAK SPACE}") == note["text"]
        assert names["x"] == [drawn["layout"]["xaxis"]["range"][1]]
        assert note["yshift"] == 0
        assert names["y"][0] == 10 ** note["y"] if log else note["y"]
