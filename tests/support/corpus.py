"""Forty texts that are nothing but text, however much they look like markup, addresses, commands or formats."""

from __future__ import annotations

MARK = "owned"
"""What a text would leave behind in a page that took it for more than text: a class, an id or a variable."""

_RTL, _POP, _ZERO, _LINE, _PARAGRAPH = "\u202e", "\u202c", "\u200b", "\u2028", "\u2029"
_MARKS = "\u0335\u0321\u0322\u0489" * 12
_FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
LONGEST = "long " + "n" * 507
"""512 bytes, the longest name."""

CORPUS = (
    # markup
    f"<script>window.{MARK}=1</script>",
    f'<img class="{MARK}" src=x onerror="window.{MARK}=2">',
    f"<svg class={MARK} onload=window.{MARK}=3>",
    f"</script><script>window.{MARK}=4</script>",
    f"</textarea></title><b class={MARK}>",
    f'<a class={MARK} href="https://evil.example/">plotly takes links</a>',
    f"<a class={MARK} href='javascript:window.{MARK}=5'>x</a>",
    f"<iframe class={MARK} srcdoc='<script>parent.{MARK}=6</script>'>",
    f"<style>* {{ display: none !important }} .{MARK} {{}}</style>",
    f"<b class={MARK}>bold</b><br><sup>up</sup>",
    "<!-- <script>",
    "]]><!--",
    f'"><b class={MARK}>',
    f"' onmouseover='window.{MARK}=7' x='",
    "&lt;b&gt; &amp;amp; &#60;i&#62; &notanentity;",
    # addresses
    f"javascript:window.{MARK}=8",
    "//evil.example/x",
    "https://evil.example/?a=1&b=2#c",
    "../../../../etc/passwd",
    "a/b%2Fc%00d?x=1#y",
    "data:text/html,<script>alert(1)</script>",
    # formats and templates
    "%{x} %{customdata[0]} %{y:.2f}",
    "{{7*7}} ${7*7} #{7*7} {%raw%}",
    "%s %n %d {0} {name!r}",
    f"[click](javascript:window.{MARK}=9)",
    "![picture](https://evil.example/x.png)",
    "$\\alpha$ \\(x\\) `code` **bold** | a | b |",
    "__proto__",
    "constructor.prototype",
    # spreadsheets, shells and databases
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(1+1)*cmd",
    "-2+3",
    "'; drop table run; --",
    '" or 1=1; --',
    "$(touch /tmp/owned) `id` ; |",
    # letters
    f"{_RTL}gnp.exe{_POP}",
    f"line{_LINE}and{_PARAGRAPH}paragraph",
    f"zero{_ZERO}width Z{_MARKS}algo {_FAMILY} null",
    LONGEST,
)
