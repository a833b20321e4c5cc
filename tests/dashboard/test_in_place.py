"""A picture that moves what a chart shows is drawn into it, without a browser: what is redrawn, and what is left to Plotly."""

from __future__ import annotations

from typing import Any

from tests.support.scripts import javascript

PAGE = """
globalThis.window = globalThis;
const told = [], edits = [];
const line = (uid, ...y) => ({ uid, meta: { run: uid }, x: y.map((_, i) => i), y, line: { width: 2 } });
const marks = (uid, ...size) => ({ uid, meta: { marks: true }, x: size.map(() => 1), y: size, marker: { size, line: { width: 1 } } });
const layout = (more = {}) => ({ xaxis: { range: [0, 9] }, meta: { clipped: 1 }, shapes: [{ name: "region:a", x1: 3 }, { name: "gap:a", x0: 3 }],
  annotations: [{ name: "best:loss:a", text: "1" }, { name: "gap:a", text: "2" }], ...more });
const picture = { data: [line("a", 1, 2), line("b", 3, 4), marks("a-marks", 5)], layout: layout() };
function chart(given = structuredClone(picture)) {
  const _module = { calc: (_, full) => full.y.map(y => ({ y, kept: full.marker && full.marker.size })),
    plot: (_, info, [cells], layer, how) => told.push([cells[0].trace.uid, cells.map(c => c.y), info.name, layer, how]) };
  const full = given.data.map(t => ({ ...structuredClone(t), xaxis: "x", yaxis: "y", _module }));
  return { data: given.data, layout: structuredClone(given.layout), calcdata: full.map(() => null), _fullData: full,
    _fullLayout: { _plots: { xy: { name: "xy", plot: { selectAll: at => at } } } }, emit: (...said) => told.push(said) };
}
const gd = chart(), figure = { data: gd.data, layout: structuredClone(picture.layout) };
globalThis.Plotly = { relayout(gd, given) { edits.push(Object.keys(given)); gd.emit("plotly_relayout", given); } };
const draw = (data, next = layout(), held = figure) => s.draw(gd, held, next, picture.layout, data.map(now => [now, picture.data.find(old => old.uid === now.uid)]));
"""


def page(program: str) -> Any:
    return javascript("inplace.js", f"(() => {{ {program} }})()", before=PAGE)


def test_a_curve_that_grew_is_drawn_alone_and_everything_knows_its_points() -> None:
    drew, told, known, kept = page(
        "const drew = draw([line('a', 1, 2, 7)]);"
        "return [drew, told, [gd.data[0].y, gd._fullData[0].x, gd._fullData[0]._length, gd.calcdata[0].length, gd.calcdata[1]], figure.data[0].y]"
    )
    assert drew is True
    layer = [".scatterlayer", {"duration": 0}]
    assert told == [["a", [1, 2, 7], "xy", *layer], ["plotly_afterplot"]]
    assert known == [[1, 2, 7], [0, 1, 2], 3, 3, None]
    assert kept == [1, 2, 7]


def test_what_lies_deeper_in_a_trace_is_taken_over() -> None:
    sizes = page(
        "draw([marks('a-marks', 5, 6)]); return [gd.data[2].marker.size, gd._fullData[2].marker.size, gd.calcdata[2][1].kept]"
    )
    assert sizes == [[5, 6]] * 3


def test_shapes_are_drawn_together_and_notes_alone_and_nobody_hears_of_it() -> None:
    edits, names, held, meta = page(
        "const next = layout({ meta: { clipped: 2 } }); next.shapes[1].x0 = 4; next.annotations[0].text = '3'; draw([], next);"
        "gd.emit('plotly_relayout', { 'xaxis.range[0]': 1 });"
        "return [edits, told.map(([what]) => what), [figure.layout.shapes[1].x0, figure.layout.annotations[0].text, gd.layout.shapes[0].x1],"
        " [figure.layout.meta, gd.layout.meta, gd._fullLayout.meta]]"
    )
    assert edits == [["shapes[0].name", "shapes[1].name", "annotations[0].name"]]
    assert names == ["plotly_afterplot", "plotly_relayout"]
    assert held == [4, "3", 3]
    assert meta == [{"clipped": 2}] * 3


def test_the_same_picture_costs_nothing() -> None:
    assert page("return [draw([]), told, edits]") == [True, [], []]


def test_whatever_does_not_only_move_is_left_alone() -> None:
    refused, untouched = page(
        "const wide = { ...line('a', 1, 2), line: { width: 3 } }, less = layout(); less.shapes.pop();"
        "const refused = [draw([wide]), draw([{ ...line('a', 1, 2), name: 'new' }]), draw([line('a')]), draw([line('a', 1)], layout({ xaxis: { range: [0, 10] } })),"
        " draw([line('a', 1)], less), draw([line('a', 1)], layout(), { data: [], layout: {} })];"
        "return [refused, JSON.stringify(gd.data) === JSON.stringify(picture.data) && !told.length && !edits.length]"
    )
    assert refused == [False] * 6
    assert untouched is True
