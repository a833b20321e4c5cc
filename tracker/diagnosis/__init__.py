"""What the curves of a run say. Pure: no I/O, no clock; the same input gives the same words."""
