"""Markup that no callback knows, as one component.

Dash gives each component a place in its state and asks every one of them, at every change of any, whether it has to be
drawn anew. On a page of five hundred elements that takes longer than all else that a click does. So what is only
markup goes to the browser as a tree inside one component, which assets/static.js draws.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from dash.development.base_component import Component

_HTML = "dash_html_components"


class Static(Component):
    """A piece of a page that stays as it is until it is replaced.

    Args:
        tree: Texts and elements beside one another; an element is `[tag, attributes, *children]`.
        id: What callbacks name it by that replace the tree.
    """

    _children_props: list[str] = []  # noqa: RUF012  what Dash reads from a component's class
    _base_nodes = ["children"]  # noqa: RUF012
    _namespace = "tracker_dashboard"
    _type = "Static"

    def __init__(self, tree: list[Any], id: str | None = None) -> None:
        self._prop_names = ["id", "tree"]
        self._valid_wildcard_attributes: list[str] = []
        self.available_properties = ["id", "tree"]
        self.available_wildcard_properties: list[str] = []
        super().__init__(tree=tree, **({} if id is None else {"id": id}))  # type: ignore[no-untyped-call]


def static(part: Component, id: str | None = None) -> Static:
    """Return markup as one component; see `Static`."""
    nodes = _nodes(part, ())
    assert nodes is not None, "markup holds no component that a callback may name"
    return Static(nodes, id)


def still(part: Any, named: Collection[str]) -> Any:
    """Return a part of a page with everything in it that can be static made so.

    Args:
        part: A component, or a list of components and texts. Anything else is returned as it is.
        named: Ids that callbacks name: these components, and those that hold one of them, stay Dash's.
    """
    if isinstance(part, Component):
        return _settled([part], named)[0]
    if isinstance(part, list | tuple) and any(isinstance(one, Component) for one in part):
        return _settled(part, named)
    return part


def _settled(parts: list[Any] | tuple[Any, ...], named: Collection[str]) -> list[Any]:
    """Return parts of a page with neighbours that can be static joined in one component."""
    out: list[Any] = []
    run: list[Any] = []
    some = False

    def close() -> None:
        nonlocal run, some
        # a text alone needs no component, and neither has Dash one for it
        out.extend([Static(run)] if some else run)
        run, some = [], False

    for part in parts:
        if part is None:
            continue
        nodes = _nodes(part, named)
        if nodes is not None:
            run += nodes
            some = some or any(not isinstance(node, str) for node in nodes)
            continue
        close()
        children = getattr(part, "children", None)
        if isinstance(children, Component) or (isinstance(children, list | tuple) and children):
            part.children = still(children, named)
        out.append(part)
    close()
    return out


def _nodes(part: Any, named: Collection[str]) -> list[Any] | None:
    """Return a part as nodes of a static tree; None where a callback has to do with it or with what it holds."""
    if isinstance(part, list | tuple):
        held = [_nodes(one, named) for one in part if one is not None]
        return None if None in held else [node for nodes in held for node in nodes or ()]
    if not isinstance(part, Component):
        return [str(part)]
    if isinstance(part, Static):
        return part.tree if getattr(part, "id", None) is None else None  # type: ignore[attr-defined]
    if part._namespace != _HTML or getattr(part, "id", None) in named:
        return None
    given = part.to_plotly_json()["props"]  # type: ignore[no-untyped-call]
    held = given.pop("children", None)
    children = _nodes(held if isinstance(held, list | tuple) else [held], named)
    return None if children is None else [[part._type.lower(), given, *children]]
