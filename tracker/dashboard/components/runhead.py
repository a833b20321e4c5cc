"""The head of a run page: name, group and tags, which are edited in place, its state, and what else can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from tracker.dashboard.components.facts import commit
from tracker.dashboard.components.moments import moment
from tracker.dashboard.components.parts import act_button, attributes, badge, field, icon, link, swatch
from tracker.dashboard.components.static import static
from tracker.dashboard.data import Curves
from tracker.dashboard.paths import compare_path
from tracker.dashboard.state import View
from tracker.dashboard.words import status_sentence, status_words, verdict_words
from tracker.model import RunRecord


def head(record: RunRecord, now: Mapping[str, Any]) -> html.Div:
    """Return the first lines of the page; `now` holds the parts that change, as `parts` gives them."""
    return html.Div(
        [
            html.Div(
                [
                    swatch(record.colour),
                    _editable("name", now["name"], "Name", "Run name"),
                    static(now["badge"], "run-badge"),
                    html.Span(className="spacer"),
                    link(
                        compare_path(record.project, View().only(record.id).to_query()),
                        icon("git-compare-arrows"),
                        "Compare",
                        classes="button",
                    ),
                    act_button(
                        "copy-link", icon("link"), html.Span("Copy link", **attributes(data_label="1"))
                    ),
                    html.Div(now["menu"], id="run-menu"),
                ],
                className="run-head",
            ),
            html.Div(
                [
                    static(now["state"], "run-state"),
                    _editable("group", now["group"], "Group", "Group, empty for none", suggest="run-groups"),
                    html.Div(
                        [
                            html.Div(now["tags"], id="run-tags", className="tags"),
                            _editable(
                                "tag", _tag_opener(), "Tag", "New tag", suggest="run-all-tags", stay=True
                            ),
                        ],
                        className="tag-line",
                    ),
                ],
                className="facts-line",
            ),
            html.Datalist(id="run-groups"),
            html.Datalist(id="run-all-tags"),
        ],
        className="across stack run-top",
    )


def parts(record: RunRecord, curves: Curves) -> dict[str, Any]:
    """Return each part of the head that may change while the page is open."""
    return {
        "name": _shown(
            [
                html.H1(record.name, title=record.name),
                _opener("name", icon("pencil"), "Rename the run", "icon-only"),
            ],
            record.name,
        ),
        "badge": html.Span(badge(verdict_words(curves.diagnosis.standing)), id="run-badge"),
        "state": html.Div(_state(record), id="run-state", className="facts"),
        "group": _shown(
            _opener(
                "group",
                [icon("layers"), html.Span(record.group or "Add group", className="text")],
                f"Change the group {record.group}" if record.group else "Put the run into a group",
                "" if record.group else "faint",
            ),
            record.group or "",
        ),
        "tags": [_tag(tag) for tag in record.tags],
        "menu": _menu(record),
    }


def options(values: Sequence[str]) -> list[html.Option]:
    """Return suggestions for a field that names one of the datalists."""
    return [html.Option(value=value) for value in values]


def _state(record: RunRecord) -> list[Any]:
    status = status_words(record.status)
    tone = status.tone if status.tone != "mute" else ""
    out: list[Any] = [
        html.Span([icon(status.icon), status_sentence(record)], className=tone),
        html.Span([icon("calendar"), moment(record.created_ms)], title="Started"),
    ]
    if record.archived_ms is not None:
        out.append(html.Span([icon("archive"), "Archived"], className="warn"))
    if found := commit(record):
        out.append(
            html.Span([icon("git-branch"), html.Span(found, className="mono")], title=f"Git commit {found}")
        )
    out.append(
        act_button(
            "run-copy",
            html.Span(record.id, className="mono", **attributes(data_label="1")),
            icon("copy"),
            classes="text-button plain-text",
            title="Copy the run's id",
            **attributes(data_id="id", aria_label=f"{record.id}: copy the run's id"),
        )
    )
    return out


def _tag(tag: str) -> html.Span:
    return html.Span(
        [
            html.Span(tag, className="text", title=tag),
            act_button(
                "untag",
                icon("x"),
                classes="tag-x",
                **attributes(data_id=tag, aria_label=f"Remove the tag {tag}"),
            ),
        ],
        className="tag",
    )


def _tag_opener() -> html.Div:
    return _shown(_opener("tag", [icon("tag"), "Add tag"], "Add a tag", "faint"), "")


def _shown(children: Any, value: str) -> html.Div:
    return html.Div(children, className="shown", **attributes(data_shown="1", data_value=value))


def _opener(what: str, children: Any, title: str, classes: str) -> html.Button:
    named = attributes(data_open=what)
    if classes == "icon-only":
        named |= attributes(aria_label=title)
    return html.Button(
        children, type="button", className=f"text-button plain-text {classes}", title=title, **named
    )


def _editable(
    what: str, shown: Any, label: str, words: str, *, suggest: str | None = None, stay: bool = False
) -> html.Div:
    """Return something that turns into a field when it is clicked; `suggest` is the id of a list of suggestions."""
    more: dict[str, Any] = {} if suggest is None else {"list": suggest}
    line = field(f"run-{what}-text", "text", placeholder=words, autoComplete="off", maxLength=512, **more)
    form = html.Div(
        [
            html.Label(label, htmlFor=f"run-{what}-text", className="unseen"),
            line,
            html.Button("Save", type="button", className="button main", **attributes(data_send="1")),
            html.Button("Cancel", type="button", className="button", **attributes(data_cancel="1")),
            html.Div(className="told", role="alert", **attributes(data_said="1")),
        ],
        className="form line",
        **attributes(data_form="run-form", data_what=what, **({"data_stay": "1"} if stay else {})),
    )
    return html.Div(
        [html.Div(shown, id=f"run-{what}"), form],
        className=f"editable edit-{what}",
        **attributes(data_editable=what),
    )


def _menu(record: RunRecord) -> html.Details:
    archived = record.archived_ms is not None
    items = [
        _item("run-copy", "copy", "Copy id", "id"),
        _item("run-copy", "copy", "Copy config as JSON", "json"),
        _item("run-copy", "copy", "Copy config as Python dict", "python"),
        html.Hr(),
        _item(
            "unarchive" if archived else "archive",
            "archive",
            "Take out of archive" if archived else "Archive",
        ),
        _item("delete", "trash-2", "Delete", classes="bad"),
    ]
    return html.Details(
        [
            html.Summary(
                icon("ellipsis"), className="button square", title="More", **attributes(aria_label="More")
            ),
            html.Div(items, className="menu-body"),
        ],
        className="menu run-menu",
    )


def _item(what: str, icon_name: str, text: str, id: str | None = None, classes: str = "") -> html.Button:
    named = {} if id is None else attributes(data_id=id)
    return act_button(what, icon(icon_name), html.Span(text), classes=f"menu-item {classes}".strip(), **named)
