"""A comparison as one HTML file that needs no server and no network: read it, mail it, print it."""

from tracker.report.page import Report, render

__all__ = ["Report", "render"]
