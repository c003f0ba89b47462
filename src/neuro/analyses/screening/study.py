"""A table of features with its outcome and covariates, as one recording of the workflow."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuro.analyses.screening.files import open_features
from neuro.analyses.screening.identifiers import Identifier, find_identifiers
from neuro.analyses.screening.sources import Source
from neuro.io.tables import read_tsv
from neuro.stats.dependence.block import Block, Floats
from neuro.stats.dependence.outcome import check_outcome

if TYPE_CHECKING:
    from neuro.config.screening import Screening

ID = "participant_id"
"""Column that tells subjects apart; it is never a feature."""


@dataclass(frozen=True)
class Study:
    """What is screened.

    Parameters
    ----------
    features : Source
        Subjects x features, of the subjects that are used.
    outcome : Block
        Their outcome.
    classes : tuple of str
        Names of its categories, by code; empty for a quantity.
    covariates : ndarray, shape (n_subjects, n_columns) | None
        Quantities, and an indicator for all but one of the levels of a category.
    identifiers : list of Identifier
        Columns that look like identifiers.
    warnings : list of str
        What there is to know.
    """

    features: Source
    outcome: Block
    classes: tuple[str, ...]
    covariates: Floats | None
    identifiers: list[Identifier]
    warnings: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """Names of all features."""
        return self.features.names(0, self.features.n_features)


class Part(Source):
    """Some samples and some features of a source."""

    def __init__(
        self, source: Source, samples: NDArray[np.intp], features: NDArray[np.intp] | None = None
    ) -> None:
        self._source, self._samples = source, samples
        self._all = len(samples) == source.n_samples
        self._features = features
        self.n_samples = len(samples)
        self.n_features = source.n_features if features is None else len(features)
        self.where = source.where

    def columns(self, start: int, stop: int) -> NDArray[Any]:
        """Values of some features."""
        if self._features is None:
            values = self._source.columns(start, stop)
        else:
            wanted = self._features[start:stop]
            first = int(wanted[0])
            values = self._source.columns(first, int(wanted[-1]) + 1)[:, wanted - first]
        return values if self._all else values[self._samples]

    def names(self, start: int, stop: int) -> list[str]:
        """Names of some features."""
        if self._features is None:
            return self._source.names(start, stop)
        wanted = self._features[start:stop]
        if not len(wanted):
            return []
        names = self._source.names(int(wanted[0]), int(wanted[-1]) + 1)
        return [names[i - int(wanted[0])] for i in wanted]


def read_study(path: Path, params: "Screening") -> Study:
    """Open a table, and read what is known of its subjects.

    Parameters
    ----------
    path : Path
        The table; `_participants.tsv` in place of `_features` and its ending lies beside it, unless
        outcome and covariates are columns of the table.
    params : Screening
        The section `screening`.

    Returns
    -------
    study : Study
        Subjects without outcome or covariate are left out, and identifiers if that is wished.

    Raises
    ------
    ValueError
        If a column is missing, subjects do not match, or the outcome cannot be used.
    """
    people = _people(path, params)
    inside = [c for c in (ID, params.outcome, *params.covariates) if c in _columns(path)]
    source = open_features(path, dataset=params.dataset, exclude=[*inside, *params.exclude])
    if len(people) != source.n_samples:
        raise ValueError(f"{path}: {source.n_samples} samples, but {len(people)} participants")
    there, warnings = _complete(people, params, path)
    people = people.iloc[there]
    found = find_identifiers(source)
    features = None
    if found and params.drop_identifiers:
        bad = {item.feature for item in found}
        features = np.array([i for i in range(source.n_features) if i not in bad], dtype=np.intp)
    for item in found:
        done = "left out" if params.drop_identifiers else "kept, as the configuration asks"
        warnings.append(
            f"the column {item.name!r} looks like an identifier ({'; '.join(item.reasons)}): {done}"
        )
    outcome, classes = _outcome(people[params.outcome], params, path)
    return Study(
        Part(source, there, features),
        outcome,
        classes,
        _design(people, params.covariates),
        found,
        warnings,
    )


def _columns(path: Path) -> list[str]:
    """Names of the columns of a table that has names and may hold text."""
    if path.suffix in (".csv", ".tsv"):
        with path.open(encoding="utf-8-sig") as file:
            names = file.readline().rstrip("\r\n").split("\t" if path.suffix == ".tsv" else ",")
        return [name.strip().strip('"') for name in names]
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return [str(name) for name in pq.read_schema(path).names]
    return []


def _people(path: Path, params: "Screening") -> pd.DataFrame:
    """A row per sample of the table, in its order."""
    side = path.with_name(path.name.split("_features")[0] + "_participants.tsv")
    wanted = [ID, params.outcome, *params.covariates]
    own = _own_columns(path, wanted)
    if side.is_file():
        told = read_tsv(side)
        if ID in own and ID in told:
            told = _matched(told, own[ID].astype(str), side)
        elif len(own.columns) and len(own) != len(told):
            raise ValueError(f"{side}: {len(told)} participants, but {path} has {len(own)} samples")
        new = [column for column in told if column not in own]
        own = pd.concat([own, told[new].reset_index(drop=True)], axis=1)
    if lacking := [column for column in wanted[1:] if column not in own]:
        raise ValueError(
            f"{side}: lacks column(s) {lacking}, and so does {path.name}; there are "
            f"{[column for column in own if column != ID]}"
        )
    return own


def _matched(told: pd.DataFrame, subjects: "pd.Series[str]", side: Path) -> pd.DataFrame:
    if subjects.duplicated().any() or told[ID].duplicated().any():
        raise ValueError(f"{side}: a {ID} is there more than once, here or in the table")
    if lacking := sorted(set(subjects) - set(told[ID])):
        raise ValueError(f"{side}: lacks participant(s) {lacking[:5]} of the table")
    return told.set_index(ID).loc[subjects.to_list()].reset_index()


def _own_columns(path: Path, wanted: Sequence[str]) -> pd.DataFrame:
    there = [column for column in wanted if column in _columns(path)]
    if path.suffix in (".csv", ".tsv") and there:
        separator = "\t" if path.suffix == ".tsv" else ","
        return pd.read_csv(path, sep=separator, usecols=there, dtype={ID: str}, na_values=["n/a"])
    if path.suffix == ".parquet" and there:
        return pd.read_parquet(path, columns=there)
    if path.suffix in (".h5", ".hdf5"):
        with h5py.File(path) as file:
            found = {name: file[name] for name in wanted if name in file}
            return pd.DataFrame(
                {
                    name: item.asstr()[()] if h5py.check_string_dtype(item.dtype) else item[()]
                    for name, item in found.items()
                }
            )
    if path.suffix == ".bed":
        names = ["family", ID, "father", "mother", "sex", "phenotype"]
        fam = pd.read_csv(
            path.with_suffix(".fam"), sep=r"\s+", header=None, names=names, dtype={1: str}
        )
        return fam[[ID, "sex", "phenotype"]].astype({ID: str})
    return pd.DataFrame()


def _complete(
    people: pd.DataFrame, params: "Screening", path: Path
) -> tuple[NDArray[np.intp], list[str]]:
    """Subjects with an outcome and all covariates that are quantities."""
    needed = [params.outcome] + [
        column for column in params.covariates if pd.api.types.is_numeric_dtype(people[column])
    ]
    lacking = people[needed].isna()
    there = np.flatnonzero(~lacking.any(axis=1).to_numpy())
    if not len(there):
        raise ValueError(f"{path}: no participant has all of {needed}")
    warnings = [
        f"{int(lacking[column].sum())} of {len(people)} participants have no {column}; left out"
        for column in needed
        if lacking[column].any()
    ]
    return there, warnings


def _outcome(
    values: "pd.Series[Any]", params: "Screening", path: Path
) -> tuple[Block, tuple[str, ...]]:
    array = values.to_numpy()
    if not pd.api.types.is_numeric_dtype(values):
        array = values.astype(str).to_numpy(dtype=object)
    outcome = check_outcome(array, params.outcome_kind, f"{path}: the outcome {params.outcome!r}")
    if not outcome.categorical:
        return outcome, ()
    classes = np.unique(array.astype(str) if array.dtype == object else array)
    return outcome, tuple(str(value) for value in classes)


def _design(people: pd.DataFrame, columns: Sequence[str]) -> Floats | None:
    parts: list[Floats] = []
    for column in columns:
        values = people[column]
        if pd.api.types.is_numeric_dtype(values):
            parts.append(values.to_numpy(dtype=np.float64))
            continue
        text = values.astype(object).where(values.notna(), "n/a").astype(str).to_numpy()
        # A missing category is a level of its own: nobody is lost for it.
        parts += [(text == level).astype(np.float64) for level in np.unique(text)[1:]]
    return np.column_stack(parts) if parts else None
