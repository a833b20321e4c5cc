"""What pages cost a reader: the rooms of `benchmarks/dashboard.py`."""
