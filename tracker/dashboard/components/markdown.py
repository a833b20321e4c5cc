"""Markdown as people write it, as the page's own elements: no HTML of the writer's, no picture, no link but to the web.

A picture would be fetched from wherever a note says, by everybody who reads it; its words and its address are shown.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from dash import html
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

WEB = ("http://", "https://")

MOST_CHARACTERS = 100_000
"""What is read of a text; nobody reads on."""

_PLAIN = {
    "paragraph": html.P,
    "blockquote": html.Blockquote,
    "bullet_list": html.Ul,
    "list_item": html.Li,
    "strong": html.Strong,
    "em": html.Em,
    "s": html.S,
    "table": html.Table,
    "thead": html.Thead,
    "tbody": html.Tbody,
    "tr": html.Tr,
    "th": html.Th,
    "td": html.Td,
}
_TITLES = {"h1": html.H3, "h2": html.H4, "h3": html.H5, "h4": html.H6, "h5": html.H6, "h6": html.H6}


def markdown(text: str, **named: Any) -> html.Div:
    """Return a text in Markdown as it is read; `named` are properties of the element around it."""
    return html.Div(rendered(text), className="markdown", **named)


def rendered(text: str) -> list[Any]:
    """Return what `markdown` puts inside: the text's blocks."""
    return _inside(SyntaxTreeNode(_parser().parse(text[:MOST_CHARACTERS])))


def words(text: str) -> str:
    """Return a text in Markdown as plain words on one line."""
    blocks = _parser().parse(text[:MOST_CHARACTERS])
    said = ["".join(_word(part) for part in block.children or [block]) for block in blocks]
    return " ".join(" ".join(said).split())


def _word(token: Token) -> str:
    return " " if token.type in ("softbreak", "hardbreak") else token.content


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable(["table", "strikethrough"])


def _inside(node: SyntaxTreeNode) -> list[Any]:
    return [part for child in node.children for part in _parts(child)]


def _parts(node: SyntaxTreeNode) -> list[Any]:
    kind = node.type
    if kind == "inline" or (kind == "paragraph" and node.hidden):
        return _inside(node)
    if kind in ("text", "html_inline", "html_block"):
        return [node.content]
    if kind in ("softbreak", "hardbreak"):
        return ["\n" if kind == "softbreak" else html.Br()]
    if kind == "code_inline":
        return [html.Code(node.content)]
    if kind in ("fence", "code_block"):
        return [html.Pre(html.Code(node.content))]
    if kind == "hr":
        return [html.Hr()]
    if kind == "heading":
        return [_TITLES[node.tag](_inside(node))]
    if kind == "ordered_list":
        return [html.Ol(_inside(node), start=str(node.attrs.get("start", 1)))]
    if kind == "image":
        return [f"{node.content or 'picture'} ({node.attrs.get('src', '')})"]
    if kind == "link":
        return [_link(node)]
    return [_PLAIN[kind](_inside(node))] if kind in _PLAIN else _inside(node)


def _link(node: SyntaxTreeNode) -> Any:
    """Return a link to the web; one to anywhere else is only the words that it stands under."""
    href = str(node.attrs.get("href", ""))
    if not href.lower().startswith(WEB):
        return html.Span(_inside(node))
    return html.A(_inside(node), href=href, target="_blank", rel="noopener noreferrer nofollow")
