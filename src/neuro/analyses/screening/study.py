"""A table of features with its outcome and covariates, as one recording of the workflow."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuro.analyses.screening.covariates import strata
from neuro.analyses.screening.files import open_features
from neuro.analyses.screening.identifiers import Identifier, find_identifiers
from neuro.analyses.screening.sources import Source
from neuro.io.damage import reading
from neuro.io.foreign import open_hdf5
from neuro.io.tables import read_tsv
from neuro.stats.dependence.block import Block, Floats
from neuro.stats.dependence.matrix import LEAST
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
    mask : Path | None
        The mask whose voxels the features are, if they are.
    """

    features: Source
    outcome: Block
    classes: tuple[str, ...]
    covariates: Floats | None
    identifiers: list[Identifier]
    warnings: list[str] = field(default_factory=list)
    mask: Path | None = None

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
    mask = _beside(path, "mask.nii.gz") if params.map.kind == "voxels" else None
    if mask is not None and not mask.is_file():
        raise ValueError(
            f"{path}: screening.map.kind: 'voxels' needs the mask {mask.name} beside the table; "
            "there is none"
        )
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
    covariates = _design(people, params, path)
    return Study(
        Part(source, there, features),
        outcome,
        classes,
        covariates,
        found,
        warnings,
        mask,
    )


def _beside(path: Path, name: str) -> Path:
    return path.with_name(f"{path.name.split('_features')[0]}_{name}")


def _columns(path: Path) -> list[str]:
    """Names of the columns of a table that has names and may hold text."""
    if path.suffix in (".csv", ".tsv"):
        with reading(path), path.open(encoding="utf-8-sig") as file:
            names = file.readline().rstrip("\r\n").split("\t" if path.suffix == ".tsv" else ",")
        return [name.strip().strip('"') for name in names]
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return [str(name) for name in pq.read_schema(path).names]
    return []


def _people(path: Path, params: "Screening") -> pd.DataFrame:
    """A row per sample of the table, in its order."""
    side = _beside(path, "participants.tsv")
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
    """Columns of the table itself that are no features."""
    with reading(path):
        return _columns_of(path, wanted)


def _columns_of(path: Path, wanted: Sequence[str]) -> pd.DataFrame:
    there = [column for column in wanted if column in _columns(path)]
    if path.suffix in (".csv", ".tsv") and there:
        separator = "\t" if path.suffix == ".tsv" else ","
        return pd.read_csv(path, sep=separator, usecols=there, dtype={ID: str}, na_values=["n/a"])
    if path.suffix == ".parquet" and there:
        return pd.read_parquet(path, columns=there)
    if path.suffix in (".h5", ".hdf5"):
        with open_hdf5(path) as file:
            found = {name: file[name] for name in wanted if name in file}
            return pd.DataFrame(
                {
                    name: item.asstr()[()] if h5py.check_string_dtype(item.dtype) else item[()]
                    for name, item in found.items()
                }
            )
    if path.suffix == ".bed":
        names = ["family", ID, "father", "mother", "sex", "phenotype"]
        fam = pd.read_csv(path.with_suffix(".fam"), sep=r"\s+", names=names, dtype={ID: str})
        fam["sex"] = fam["sex"].where(fam["sex"].isin([1, 2]))
        known = fam["phenotype"] != -9
        # Of cases (2) and controls (1), 0 is missing as well.
        if fam.loc[known, "phenotype"].isin([0, 1, 2]).all():
            known &= fam["phenotype"] != 0
        fam["phenotype"] = fam["phenotype"].where(known)
        return fam[[ID, "sex", "phenotype"]]
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
    if array.dtype == object:
        return outcome, tuple(np.unique(array.astype(str)).tolist())
    # Codes are read as 1.0 and 2.0 where some are missing.
    return outcome, tuple(f"{float(value):g}" for value in np.unique(array))


def _design(people: pd.DataFrame, params: "Screening", path: Path) -> Floats | None:
    parts: list[Floats] = []
    names: list[str] = []
    for column in params.covariates:
        values = people[column]
        if pd.api.types.is_numeric_dtype(values):
            parts.append(values.to_numpy(dtype=np.float64))
            names.append(column)
            continue
        text = values.astype(object).where(values.notna(), "n/a").astype(str).to_numpy()
        # A missing category is a level of its own: nobody is lost for it.
        indicators = [(text == level).astype(np.float64) for level in np.unique(text)[1:]]
        parts += indicators
        names += [column] * len(indicators)
    if not parts:
        return None
    table = np.column_stack(parts)
    _check_strata(table, names, params, path)
    return table


def _check_strata(table: Floats, names: list[str], params: "Screening", path: Path) -> None:
    """Raise ValueError unless the covariates make strata for the methods that work within them."""
    within = {params.score, params.estimate, *params.compare} - {"knn"}
    if params.adjust != "conditional" or not within:
        return
    halved = params.stability_pairs and params.score != "knn"
    try:
        strata(table, 2 * LEAST if halved else LEAST, names)
    except ValueError as error:
        raise ValueError(
            f"{path}: screening.adjust: 'conditional', for {sorted(within)}: {error}"
        ) from error
