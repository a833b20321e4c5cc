"""A script that was written for another tracker runs with one line changed."""

from __future__ import annotations

from tests.frameworks.conftest import Stored


def test_an_ordinary_script_of_wandb(stored: Stored) -> None:
    import tracker as wandb

    run = wandb.init(
        project="alias",
        name="first",
        config={"lr": 0.1},
        entity="team",
        tags=["a"],
        notes="n",
        job_type="train",
    )
    wandb.config.update({"batch_size": 32})
    wandb.define_metric("val/accuracy", summary="max")
    for epoch in range(3):
        wandb.log({"train/loss": 1 / (epoch + 1), "val/accuracy": epoch / 3, "epoch": epoch}, commit=True)
    wandb.run.summary["best_accuracy"] = 0.67
    wandb.alert(title="Done", text="all of it", level=None)
    wandb.finish(exit_code=0)
    assert run.ended
    record, series = stored()
    assert record.config == {"lr": 0.1, "batch_size": 32}
    assert record.summary["best_accuracy"] == 0.67
    assert series["train/loss"].epoch.tolist() == [0, 1, 2]
