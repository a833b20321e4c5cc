"""A training that goes on from a checkpoint goes on in its run: right epochs, each step once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tracker
from tests.frameworks.conftest import Data, Stored, need
from tests.frameworks.trainings import module_of, trainer_of
from tracker.errors import BadInput


class Boom(Exception):
    """What ends the first training."""


def test_transformers_goes_on_in_the_run_of_its_checkpoint(
    data: Data, stored: Stored, tmp_path: Path
) -> None:
    need("transformers")
    from transformers import TrainerCallback

    from tracker.integrations.transformers import TrackerCallback

    class Breaking(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.global_step == 13:
                raise Boom

    saving = {"save_strategy": "epoch", "save_only_model": False, "report_to": []}
    first = trainer_of(data, tmp_path, **saving)
    for callback in (TrackerCallback(name="reviews"), Breaking()):
        first.add_callback(callback)
    with pytest.raises(Boom):
        first.train()
    tracker.finish(status="failed")
    (broken,) = tracker.runs().to_dict("records")

    again = trainer_of(data, tmp_path, **saving)
    again.add_callback(TrackerCallback())
    again.train(resume_from_checkpoint=True)
    record, series = stored()
    assert (record.id, record.name, record.status) == (broken["id"], "reviews", "finished")
    assert series["eval_loss"].step.tolist() == [5, 10, 15]
    assert series["eval_loss"].epoch.tolist() == [1, 2, 3]
    assert series["loss"].step.tolist() == [5, 10, 15]

    other = trainer_of(data, tmp_path, **saving)
    other.add_callback(TrackerCallback(name="apart", resume="never"))
    other.train(resume_from_checkpoint=str(tmp_path / "out" / "checkpoint-10"))
    assert sorted(tracker.runs()["name"]) == ["apart", "reviews"]


def test_lightning_goes_on_in_the_run_of_its_checkpoint(data: Data, stored: Stored) -> None:
    need("lightning")
    import lightning

    from tracker.integrations.lightning import TrackerLogger

    class Breaking(lightning.Callback):
        def on_train_batch_end(self, trainer: Any, *_: Any) -> None:
            if trainer.current_epoch == 2 and trainer.global_step == 12:
                raise Boom

    def trainer(logger: TrackerLogger, *callbacks: Any) -> Any:
        return lightning.Trainer(
            max_epochs=4,
            logger=logger,
            log_every_n_steps=1,
            callbacks=list(callbacks),
            enable_progress_bar=False,
            enable_model_summary=False,
        )

    module, train, val = module_of(data)
    first = trainer(TrackerLogger(project="digits", name="one"), Breaking())
    with pytest.raises(Boom):
        first.fit(module, train, val)
    checkpoint = first.checkpoint_callback.best_model_path
    (broken,) = tracker.runs().to_dict("records")
    assert broken["status"] == "failed"

    module, train, val = module_of(data)
    trainer(TrackerLogger(ckpt_path=checkpoint)).fit(module, train, val, ckpt_path=checkpoint)
    record, series = stored()
    assert (record.id, record.name, record.project, record.status) == (
        broken["id"],
        "one",
        "digits",
        "finished",
    )
    assert series["val/loss"].epoch.tolist() == [1, 2, 3, 4]
    assert series["train/loss_step"].step.tolist() == list(range(20))
    assert series["train/loss_step"].epoch.tolist() == pytest.approx([(1 + i) / 5 for i in range(20)])
    with pytest.raises(BadInput, match="give the run with id="):
        TrackerLogger(ckpt_path="models/last.ckpt")


@pytest.mark.parametrize("strategy", ["ddp", "ddp_fork"])
def test_two_ranks_of_lightning_are_one_run(stored: Stored, tmp_path: Path, strategy: str) -> None:
    need("lightning")
    script = tmp_path / "train.py"
    script.write_text(RANKS.replace("STRATEGY", strategy))
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, script],
        env={**os.environ, "PYTHONPATH": str(root), "CUDA_VISIBLE_DEVICES": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    record, series = stored()
    assert (record.name, record.status, record.tags) == ("both", "finished", ())
    assert series["val/loss"].epoch.tolist() == [1, 2]
    assert len(series["train/loss_step"]) == 6
    assert series["world"].value.tolist() == [2.0] * 2
    assert len(list(tmp_path.glob(f"**/{record.id}/checkpoints/*.ckpt"))) == 1


RANKS = """
import lightning
import numpy as np

from tests.frameworks.trainings import module_of
from tracker.integrations.lightning import TrackerLogger, TrackerStopping


class Counting(lightning.Callback):
    def on_validation_epoch_end(self, trainer, module):
        module.log("world", float(trainer.world_size), sync_dist=True)


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(144, 12)).astype("float32"), rng.integers(0, 2, 144)
    module, train, val = module_of((x, y, x[:24], y[:24]))
    trainer = lightning.Trainer(
        accelerator="cpu",
        devices=2,
        strategy="STRATEGY",
        max_epochs=2,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        logger=TrackerLogger(project="digits", name="both"),
        callbacks=[Counting(), TrackerStopping()],
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(module, train, val)
"""
