"""Markdown of people: what it may become on a page, and what it may never become."""

from __future__ import annotations

from typing import Any

import pytest

from tracker.dashboard.components.markdown import markdown


def plain(text: str) -> Any:
    """Return the elements as nested lists: name, then children; a link with where it leads."""

    def of(part: Any) -> Any:
        if isinstance(part, str):
            return part
        told = part.to_plotly_json()
        children = told["props"].get("children") or []
        inside = [of(c) for c in (children if isinstance(children, list) else [children])]
        inside = [c for c in inside if c != ""]
        return [told["type"], *([told["props"]["href"]] if "href" in told["props"] else []), *inside]

    return of(markdown(text))[1:]


def test_what_people_write() -> None:
    assert plain("# Title\n\nA **bold** and *slanted* `word`, ~~gone~~.") == [
        ["H3", "Title"],
        ["P", "A ", ["Strong", "bold"], " and ", ["Em", "slanted"], " ", ["Code", "word"], ", ", ["S", "gone"], "."],
    ]  # fmt: skip
    assert plain("- a\n- b\n\n3. c") == [["Ul", ["Li", "a"], ["Li", "b"]], ["Ol", ["Li", "c"]]]
    assert plain("> q\n\n```\nx = 1\n```\n\n---") == [
        ["Blockquote", ["P", "q"]],
        ["Pre", ["Code", "x = 1\n"]],
        ["Hr"],
    ]
    table = plain("|a|\n|-|\n|1|")
    assert table == [["Table", ["Thead", ["Tr", ["Th", "a"]]], ["Tbody", ["Tr", ["Td", "1"]]]]]


def test_html_is_text() -> None:
    for hostile in ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<b>x</b>"):
        assert plain(hostile) == [["P", hostile]]


def test_links_lead_to_the_web_alone() -> None:
    assert plain("[a](https://example.org/?b=1)") == [["P", ["A", "https://example.org/?b=1", "a"]]]
    (link,) = markdown("[a](HTTPS://example.org)").children[0].children
    assert link.rel == "noopener noreferrer nofollow"
    for leads in ("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "/p/x", "//evil.example", "java\tscript:x"):  # fmt: skip
        assert "A" not in str(plain(f"[a](<{leads}>)")).replace("alert", "").replace("[a]", ""), leads


def test_a_picture_is_its_words_and_its_address() -> None:
    assert plain("![seen](http://example.org/x.png)") == [["P", "seen (http://example.org/x.png)"]]
    assert plain("![](//example.org/x.png)") == [["P", "picture (//example.org/x.png)"]]
    assert "Img" not in str(plain("![](data:image/png;base64,AAAA)"))


@pytest.mark.parametrize(
    "text", ["[" * 20_000, "> " * 5_000, "- " * 5_000 + "x", "`" * 30_000, "a\n" * 80_000]
)
def test_nothing_takes_long_or_nests_deep(text: str) -> None:
    def depth(part: Any) -> int:
        children = getattr(part, "children", None) or []
        return 1 + max(
            (depth(c) for c in (children if isinstance(children, list) else [children])), default=0
        )

    assert depth(markdown(text)) < 60
