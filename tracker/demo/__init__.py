"""Eight real training runs on real data."""
