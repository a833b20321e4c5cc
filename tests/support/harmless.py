"""Whether a page took a text for more than text."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.support.corpus import MARK

HARMLESS = """mark => {
    const out = [];
    if (window[mark] !== undefined) out.push('a script ran: ' + window[mark]);
    for (const at of document.querySelectorAll('.' + mark)) out.push('an element was made: ' + at.outerHTML.slice(0, 200));
    for (const at of document.querySelectorAll('a, [href], [src], [action], iframe, object, embed'))
      for (const name of ['href', 'xlink:href', 'src', 'action', 'srcdoc']) {
        const there = at.getAttribute(name);
        if (!there) continue;
        const url = new URL(there, location.href);
        const ours = url.origin === location.origin || url.protocol === 'data:' && at.tagName !== 'A' || location.protocol === 'file:' && there.startsWith('#');
        if (!ours) out.push('an address was made: ' + at.outerHTML.slice(0, 200));
      }
    for (const at of document.querySelectorAll('*'))
      for (const { name } of at.attributes) if (name.startsWith('on')) out.push('a handler was made: ' + at.outerHTML.slice(0, 200));
    return out;
}"""


def harmless(page: Page) -> list[str]:
    """Return what hostile texts have become on a page: nothing, when all is well."""
    found: list[str] = page.evaluate(HARMLESS, MARK)
    return found
