"""Scores as rows of the table that all analyses have."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from neuro.analyses.meggpt.kept import Corpus


class Table:
    """Scores of methods on held-out sessions.

    Parameters
    ----------
    dataset : str
        Its name.
    corpus : Corpus
        What was learned from and what was held out.
    seed : int
        The configuration's seed.
    """

    def __init__(self, dataset: str, corpus: Corpus, seed: int) -> None:
        self.dataset, self.corpus, self.seed = dataset, corpus, seed
        self.rows: list[dict[str, Any]] = []

    def add(
        self, method: str, label: str, values: Mapping[str, float], chance: float = np.nan
    ) -> None:
        """Add metrics of a method on a session."""
        test = self.corpus.test
        tested = [test[label]] if label in test else test.values()
        n_train = sum(each.shape[1] for each in self.corpus.train.values())
        for metric, value in values.items():
            self.rows.append(
                {
                    "dataset": self.dataset,
                    "analysis": "meggpt",
                    "method": method,
                    "split": self.corpus.split,
                    "fold": 1,
                    "subject": label,
                    "metric": metric,
                    "value": value,
                    "chance": chance,
                    "n_train": n_train,
                    "n_test": sum(each.shape[1] for each in tested),
                    "seed": self.seed,
                }
            )

    def frame(self) -> pd.DataFrame:
        """All rows."""
        return pd.DataFrame(self.rows)
