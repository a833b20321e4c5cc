"""How a grid looks: AG Grid's theme spoken in our tokens, so that it follows light and dark by itself."""

from __future__ import annotations

THEME = {
    "function": "themeQuartz.withParams({"
    "accentColor: 'var(--accent)', backgroundColor: 'var(--panel)', foregroundColor: 'var(--text)', "
    "borderColor: 'var(--line-2)', headerBackgroundColor: 'var(--panel)', headerTextColor: 'var(--text-3)', "
    "rowHoverColor: 'var(--hover)', selectedRowBackgroundColor: 'var(--selected)', "
    "oddRowBackgroundColor: 'var(--panel)', browserColorScheme: 'inherit', wrapperBorder: false, "
    "wrapperBorderRadius: 0, columnBorder: false, headerColumnBorder: false, headerFontSize: 11.5, "
    "headerFontWeight: 500, fontFamily: 'inherit', fontSize: 12.5, spacing: 6, cellHorizontalPadding: 10, "
    "iconSize: 14, checkboxBorderRadius: 4})"
}
"""The `theme` entry of `dashGridOptions`."""
