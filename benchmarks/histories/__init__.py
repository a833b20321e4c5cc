"""Real training runs with a known truth, made to judge the diagnosis; `python -m benchmarks.histories` trains them."""
