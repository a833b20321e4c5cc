"""Pages, one a file: layout and callbacks together."""
