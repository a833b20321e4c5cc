"""Words and running text out of Python packages, as letters."""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray
from wordfreq import top_n_list
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from benchmarks.histories.task import Task, file_in

LETTERS = " abcdefghijklmnopqrstuvwxyz"
LENGTH = 24


def _letters(texts: list[str], length: int) -> NDArray[np.int64]:
    numbers = {letter: i for i, letter in enumerate(LETTERS)}
    rows = np.zeros((len(texts), length), np.int64)
    for row, text in zip(rows, texts, strict=True):
        found = [numbers.get(letter, 0) for letter in text.lower()[:length]]
        row[: len(found)] = found
    return rows


def languages() -> Task:
    """Which of eight languages a word is from, by its letters."""
    codes = ["en", "de", "fr", "es", "it", "nl", "pl", "fi"]
    pairs = [
        (w, i) for i, code in enumerate(codes) for w in top_n_list(code, 3000) if w.isascii() and len(w) > 3
    ]
    words = _letters([w for w, _ in pairs], 9)
    return Task(
        "",
        np.eye(len(LETTERS), dtype=np.float32)[words].reshape(len(words), -1),
        np.array([i for _, i in pairs]),
        8,
    )


def word_kind() -> Task:
    """Whether a word is a password, a surname, a first name or a word of films, by its letters."""
    kinds = ["passwords", "surnames", "female_names", "us_tv_and_film"]
    words = [(w, i) for i, kind in enumerate(kinds) for w in _frequent(kind)[:3000] if w.isalpha()]
    letters = _letters([w for w, _ in words], 9)
    return Task(
        "",
        np.eye(len(LETTERS), dtype=np.float32)[letters].reshape(len(words), -1),
        np.array([i for _, i in words]),
        4,
    )


def _frequent(kind: str) -> list[str]:
    words = FREQUENCY_LISTS[kind]
    return words.split(",") if isinstance(words, str) else list(words)


def _language(text: str) -> Task:
    """Pieces of text that do not overlap; each letter is to be told from those before it."""
    letters = _letters([text], len(text))[0]
    rows = letters[: len(letters) // (LENGTH + 1) * (LENGTH + 1)].reshape(-1, LENGTH + 1)
    return Task("", rows[:, :-1], rows[:, 1:], len(LETTERS), text=True)


def surnames() -> Task:
    lines = file_in("names", "dist.all.last").read_text().splitlines()[:80000:2]
    return _language(" ".join(line.split()[0] for line in lines))


def scripture() -> Task:
    verses = file_in("bible", "data/kjv.jsonl").read_text().splitlines()[:4000]
    return _language(" ".join(json.loads(verse)["text"] for verse in verses))


def passwords() -> Task:
    return _language(" ".join(word for word in _frequent("passwords") if word.isalpha()))
