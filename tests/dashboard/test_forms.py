"""The forms' script, without a browser: what it sends and what it holds back."""

from __future__ import annotations

from typing import Any

from tests.support.scripts import javascript

PAGE = """
const listening = {}, sent = [], fields = [
  { name: "text", value: "seen", dataset: {} }, { id: "at", name: "at", value: "", dataset: { plain: "1" } },
];
globalThis.window = globalThis;
globalThis.location = { search: "" };
globalThis.CSS = { escape: text => text };
globalThis.MutationObserver = class { observe() {} };
globalThis.requestAnimationFrame = () => {};
globalThis.document = {
  documentElement: {}, addEventListener: (kind, does) => { (listening[kind] ||= []).push(does); },
  querySelectorAll: () => [form],
  querySelector: selector => (selector.startsWith("[data-form]") ? form : selector === ".chart .js-plotly-plot" ? chart : null),
};
globalThis.dash_clientside = { no_update: null, set_props: (id, { data, value }) => {
  if (id === "notes-form") sent.push(data);
  if (id === "at") throw new Error("Dash does not know this field");
} };
const at = (...kinds) => ({ dataset: {}, isConnected: true, focus() {}, closest: asked => (asked === "[data-form]" && kinds.includes("[data-send]") ? form
  : kinds.includes(asked) ? button : null) });
const button = { disabled: false, dataset: { open: "note", id: "RUN" }, isConnected: true, focus() {}, closest: () => null };
const chart = { layout: { meta: { x: { kind: "epoch" } } } };
const form = { dataset: { form: "notes-form", what: "note" }, closest: () => null, querySelector: () => null, querySelectorAll: () => fields };
const click = (...kinds) => listening.click.forEach(does => does({ target: at(...kinds) }));
const answered = answer => dash_clientside.tracker.formAnswered(answer);
const numbers = () => sent.map(one => one.n);
"""


def page(program: str, **given: Any) -> Any:
    return javascript("forms.js", f"(() => {{ {program} }})()", before=PAGE, **given)


def test_a_form_is_sent_once_until_its_answer_is_there() -> None:
    twice = "click('[data-send]'); click('[data-send]');"
    assert page(twice + "return numbers()") == [1]
    again = "answered({n: 1, ok: false, said: 'Write what you saw.'}); click('[data-send]'); return numbers()"
    assert page(twice + again) == [1, 2]
    # an answer that got lost does not close the form for good
    late = "const now = Date.now; Date.now = () => now() + 6000; click('[data-send]'); return numbers()"
    assert page(twice + late) == [1, 2]


def test_what_may_happen_once_cannot_be_clicked_twice() -> None:
    clicked = "globalThis.setTimeout = () => 0; click('[data-once]'); return button.disabled"
    assert page(clicked) is True


def test_a_form_stays_with_what_it_was_opened_for() -> None:
    program = "click('[data-open]'); button.dataset.id = 'OTHER'; click('[data-send]'); return sent[0].id"
    assert page(program) == "RUN"


def test_a_note_is_placed_on_the_axis_that_is_drawn() -> None:
    program = (
        "location.search = query; chart.layout.meta.x.kind = kind; button.dataset.axis = own;"
        "click('[data-open]'); click('[data-send]'); return [sent[0].axis, sent[0].at]"
    )
    for query, kind, own, found in (
        ("?x0=4&x1=5", "epoch", "epoch", ["epoch", "4.5"]),
        ("?x0=1000&x1=3000", "step", "step", ["step", "2000"]),  # epochs were asked for, but none were logged
        ("?x=step&x0=4&x1=5", "step", "epoch", ["step", "5"]),
        ("?x=time&x0=4&x1=5", "time", "epoch", ["epoch", ""]),
        ("?x=time", "time", "step", ["step", ""]),
    ):
        assert page(program, query=query, kind=kind, own=own) == found, query


def test_a_late_answer_stays_away_from_the_run_that_came_into_focus() -> None:
    fresh = {"run": "A", "list": ["notes of A"], "here": "Undo", "elsewhere": "The note stands on A."}
    program = "return ofs.map(of => dash_clientside.tracker.notesFresh(fresh, of))"
    told = page(program, fresh=fresh, ofs=[["demo", "A", 59], ["demo", "B", 59], None])
    away = [None, "The note stands on A."]
    assert told == [[["notes of A"], "Undo"], away, away]
