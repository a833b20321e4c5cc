"""Markup that no callback knows, as one component.

Dash gives each component a place in its state and asks every one of them, at every change of any, whether it has to be
drawn anew. On a page of five hundred elements that takes longer than all else that a click does. So what is only
markup goes to the browser as a tree inside one component, which assets/static.js draws; what callbacks name stands
in slots of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from dash.development.base_component import Component

_HTML = "dash_html_components"


class Static(Component):
    """A piece of a page that stays as it is until it is replaced.

    Args:
        tree: Texts, elements and slots beside one another; an element is `[tag, attributes, *tree]`, a slot the index
            of one of `children`.
        id: What callbacks name it by that replace the tree.
        children: Components of Dash that stand in the tree.
    """

    _children_props: list[str] = []  # noqa: RUF012  what Dash reads from a component's class
    _base_nodes = ["children"]  # noqa: RUF012
    _namespace = "tracker_dashboard"
    _type = "Static"

    def __init__(
        self, tree: list[Any], id: str | None = None, children: Sequence[Component] | None = None
    ) -> None:
        self._prop_names = ["children", "id", "tree"]
        self._valid_wildcard_attributes: list[str] = []
        self.available_properties = ["children", "id", "tree"]
        self.available_wildcard_properties: list[str] = []
        given = {"id": id, "children": list(children) if children else None}
        super().__init__(tree=tree, **{name: one for name, one in given.items() if one is not None})  # type: ignore[no-untyped-call]


def static(part: Component, id: str | None = None) -> Static:
    """Return markup as one component; see `Static`."""
    return Static(tree(part), id)


def tree(part: Component) -> list[Any]:
    """Return markup as what a callback gives a `Static` for a tree.

    What is the same in both trees stays as it is on the page, with what the reader has selected in it; components that
    are put into an element's children are all made anew.
    """
    slots: list[Component] = []
    nodes = _nodes(part, (), slots)
    assert not slots, "markup holds no component that a callback may name"
    return nodes


def still(part: Any, named: Collection[str]) -> Any:
    """Return a part of a page with everything in it that can be static made so.

    Args:
        part: A component, or a list of components and texts. Anything else is returned as it is.
        named: Ids that callbacks name: these components stay Dash's.
    """
    if isinstance(part, Component):
        return _settled([part], named)[0]
    if isinstance(part, list | tuple) and any(isinstance(one, Component) for one in part):
        return _settled(part, named)
    return part


def _settled(parts: list[Any] | tuple[Any, ...], named: Collection[str]) -> list[Any]:
    """Return parts of a page as one component, or as they are where there is no element among them."""
    slots: list[Component] = []
    nodes = _nodes(parts, named, slots)
    if any(isinstance(node, list) for node in nodes):
        return [Static(nodes, children=slots)]
    return [slots[node] if isinstance(node, int) else node for node in nodes]


def _nodes(part: Any, named: Collection[str], slots: list[Component]) -> list[Any]:
    """Return a part as nodes of a static tree; what stays Dash's is settled by itself and put into a slot."""
    if part is None:
        return []
    if isinstance(part, list | tuple):
        return [node for one in part for node in _nodes(one, named, slots)]
    if not isinstance(part, Component):
        return [str(part)]
    id = getattr(part, "id", None)
    if isinstance(part, Static) and id is None and not hasattr(part, "children"):
        nodes: list[Any] = part.tree  # type: ignore[attr-defined]
        return nodes
    if part._namespace != _HTML or id in named:
        children = getattr(part, "children", None)
        if isinstance(children, Component) or (isinstance(children, list | tuple) and children):
            part.children = still(children, named)
        slots.append(part)
        return [len(slots) - 1]
    given = part.to_plotly_json()["props"]  # type: ignore[no-untyped-call]
    held = given.pop("children", None)
    return [[part._type.lower(), given, *_nodes(held, named, slots)]]
