"""What `benchmarks/log_calls.py` is made of: contenders, the processes that they run in, workloads and tables."""
