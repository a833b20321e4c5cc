"""tracker: log a training run, watch its curves, be told what they mean."""

__version__ = "0.1.0"
