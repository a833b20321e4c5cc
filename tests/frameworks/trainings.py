"""Small models of the neural frameworks, trained in seconds, for the tests of their loggers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tests.frameworks.conftest import Data, need


def keras_model() -> Any:
    need("keras", "torch")
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.layers.Input((12,)),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


def module_of(data: Data) -> tuple[Any, Any, Any]:
    need("lightning", "torch")
    import lightning
    import torch

    x, y, x_val, y_val = map(torch.from_numpy, data)

    class Small(lightning.LightningModule):
        def __init__(self, hidden: int = 128, lr: float = 0.01) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.net = torch.nn.Sequential(
                torch.nn.Linear(12, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 2)
            )

        def training_step(self, batch: Any, index: int) -> Any:
            loss = torch.nn.functional.cross_entropy(self.net(batch[0]), batch[1])
            self.log("train/loss", loss, on_step=True, on_epoch=True)
            return loss

        def validation_step(self, batch: Any, index: int) -> None:
            out = self.net(batch[0])
            self.log("val/loss", torch.nn.functional.cross_entropy(out, batch[1]))
            self.log("val/accuracy", (out.argmax(1) == batch[1]).float().mean())

        def configure_optimizers(self) -> Any:
            return torch.optim.Adam(self.parameters(), lr=self.hparams.lr)

    def loader(a: Any, b: Any, size: int) -> Any:
        return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(a, b), batch_size=size)

    lightning.seed_everything(0, verbose=False)
    return Small(), loader(x, y, 24), loader(x_val, y_val, 240)


def trainer_of(data: Data, folder: Path, **arguments: Any) -> Any:
    need("transformers", "torch", "accelerate")
    import torch
    from transformers import PretrainedConfig, PreTrainedModel, Trainer, TrainingArguments

    class TinyConfig(PretrainedConfig):
        model_type = "tiny"

        def __init__(self, hidden: int = 64, **rest: Any) -> None:
            super().__init__(**rest)
            self.hidden = hidden

    class Tiny(PreTrainedModel):
        config_class = TinyConfig

        def __init__(self, config: TinyConfig) -> None:
            super().__init__(config)
            self.net = torch.nn.Sequential(
                torch.nn.Linear(12, config.hidden), torch.nn.ReLU(), torch.nn.Linear(config.hidden, 2)
            )
            self.post_init()

        def forward(self, x: Any = None, labels: Any = None) -> Any:
            logits = self.net(x)
            return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}

    x, y, x_val, y_val = data
    rows = [{"x": a, "labels": b} for a, b in zip(x, y, strict=True)]
    val_rows = [{"x": a, "labels": b} for a, b in zip(x_val, y_val, strict=True)]
    settings = TrainingArguments(
        output_dir=str(folder / "out"),
        num_train_epochs=3,
        per_device_train_batch_size=24,
        eval_strategy="epoch",
        logging_steps=5,
        learning_rate=0.01,
        disable_tqdm=True,
        use_cpu=True,
        **{"save_strategy": "no", **arguments},
    )
    return Trainer(
        model=Tiny(TinyConfig()),
        args=settings,
        train_dataset=rows,
        eval_dataset=val_rows,
        compute_metrics=lambda p: {"accuracy": float(np.mean(p.predictions.argmax(-1) == p.label_ids))},
    )
