"""What tests of the command line share."""

from __future__ import annotations

RISING = "epoch,loss,val_loss\n" + "\n".join(
    f"{epoch},{1 / epoch:.4f},{1 / epoch + max(0, epoch - 6) * 0.05:.4f}" for epoch in range(1, 25)
)


def error(done):
    """The one line that an error is."""
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("tracker: ")
    return line
