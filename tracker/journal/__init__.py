"""The append-only file between `log()` and the store: frames, the shipper, recovery."""
