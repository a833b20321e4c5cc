"""Colours, fonts and measures, the same tokens as the pages' style sheet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tracker.charts.lines import ThemeName
from tracker.model import PALETTE_SIZE

FONT = "Inter, system-ui, sans-serif"

LIGHT_PALETTE = (
    "#2277a0", "#bd871c", "#7f2652", "#3115b3", "#be296a", "#0a5e14",
    "#8652ec", "#ee5473", "#91772a", "#1f9996", "#6a4190", "#4138ce",
)  # fmt: skip
DARK_PALETTE = (
    "#6ec6dc", "#ddd81f", "#b25977", "#8c66b2", "#f067a6", "#aae496",
    "#bd81e1", "#e5a880", "#8fbe1e", "#0bf0e0", "#ce451e", "#526ee3",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Theme:
    """The tokens of one theme, CSS colours; `palette` holds the runs' colours by slot.

    `region` and `grid` are drawn under the curves, `shade` is the region over the panel; `context` is the grey of runs that stand back.
    """

    name: ThemeName
    panel: str
    line: str
    grid: str
    text: str
    text2: str
    text3: str
    bad: str
    region: str
    shade: str
    context: str
    palette: tuple[str, ...]

    def colour(self, slot: int) -> str:
        """Return the colour of a palette slot; slots wrap around."""
        return self.palette[slot % PALETTE_SIZE]

    def ink(self, slot: int) -> str:
        """Return the slot's colour for text: mixed with the text colour until it contrasts 4.5 : 1 with the panel."""
        return _ink(self.colour(slot), self.text, self.panel)


LIGHT = Theme(
    name="light",
    panel="#ffffff",
    line="#e6e8ec",
    grid="#eef0f3",
    text="#14171c",
    text2="#4c5563",
    text3="#606979",
    bad="#b42318",
    region="rgba(180,35,24,0.06)",
    shade="#fbf2f1",
    context="#a9b0bb",
    palette=LIGHT_PALETTE,
)
DARK = Theme(
    name="dark",
    panel="#111418",
    line="#232830",
    grid="#1b2027",
    text="#eceef2",
    text2="#aab2bf",
    text3="#8b94a3",
    bad="#ff8f85",
    region="rgba(255,143,133,0.07)",
    shade="#221c20",
    context="#4d5663",
    palette=DARK_PALETTE,
)


def theme(name: ThemeName) -> Theme:
    """Return the tokens of a theme by its name."""
    return DARK if name == "dark" else LIGHT


def css_variables(name: ThemeName) -> str:
    """Return the runs' colours as CSS custom properties, `--run-0` to `--run-11`, for a rule's body."""
    return "".join(f"--run-{slot}:{colour};" for slot, colour in enumerate(theme(name).palette))


def contrast(a: str, b: str) -> float:
    """Return the contrast ratio of two `#rrggbb` colours, 1 to 21 (WCAG 2, relative luminance)."""
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@cache
def _ink(colour: str, text: str, panel: str) -> str:
    for share in range(0, 101, 10):
        mixed = _mix(colour, text, share / 100)
        if contrast(mixed, panel) >= 4.5:
            return mixed
    return text


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mix(a: str, b: str, share: float) -> str:
    return "#" + "".join(f"{round(p + (q - p) * share):02x}" for p, q in zip(_rgb(a), _rgb(b), strict=True))


def _luminance(colour: str) -> float:
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in _rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
