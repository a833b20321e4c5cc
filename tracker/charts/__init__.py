"""Figures from curves and diagnoses, as plain dicts; shared by pages, notebooks and reports."""
