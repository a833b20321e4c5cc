"""Pure functions of learning curves: names, alignment, smoothing, sampling. No I/O, no clock."""
