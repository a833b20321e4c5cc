"""What the curves of a run say: pure functions from series to one verdict with its findings."""

from tracker.diagnosis.across import Told, observe, of_groups
from tracker.diagnosis.hints import Hints, hints
from tracker.diagnosis.verdict import RULES_VERSION, diagnose

__all__ = ["RULES_VERSION", "Hints", "Told", "diagnose", "hints", "observe", "of_groups"]
