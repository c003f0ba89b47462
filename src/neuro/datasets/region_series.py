"""Region time courses of many people, as the Preprocessed Connectomes Project lays ABIDE out.

A file per person (AFNI's `.1D`, or any table of numbers with a column per region) and one table of
people. The correlations of the regions become one table of features, a row per person.
"""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuro.datasets import tree
from neuro.datasets.base import DatasetError, DatasetSource, FetchContext, enumerate_some
from neuro.datasets.pattern import Match, find
from neuro.datasets.people import read_people
from neuro.io.atomic import atomic
from neuro.io.bids import Recording

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neuro.config.local_source import RegionSeriesSource as RegionSeriesConfig


class RegionSeriesSource(DatasetSource["RegionSeriesConfig"]):
    """A folder of region time courses, and a table of the people they are of."""

    makes_data = True

    def __init__(
        self, config: "RegionSeriesConfig", name: str = "", modality: str = "features"
    ) -> None:
        super().__init__(config, name, modality)
        self.license = config.license
        self.citation = config.citation
        self.folder = Path(config.path).expanduser()
        self.people = self.folder / config.people

    def listing(self) -> list[Recording]:
        """List the one table that is made; no file is opened.

        Raises
        ------
        DatasetError
            If the folder or the table of people is missing, or the pattern fits nothing.
        """
        self._matches()
        label = re.sub("[^A-Za-z0-9]", "", self.name) or "table"
        return [Recording.from_path(f"sub-{label}/features/sub-{label}_features.h5")]

    def stamp(self) -> list[str]:
        """Path, size and time of every file that is read: a change of them is fetched anew."""
        paths = [self.people, *(self.folder / match.path for match in self._matches())]
        stats = ((path, path.stat()) for path in paths)
        return [
            f"{os.path.relpath(path, self.folder)} {stat.st_size} {stat.st_mtime_ns}"
            for path, stat in stats
        ]

    def fetch(self, target_dir: Path, context: FetchContext) -> None:
        """Correlate the regions of everybody, and write table and people.

        Raises
        ------
        DatasetError
            As :meth:`listing`, or if a file cannot be read, has other regions than the first, or
            is of nobody in the table of people.
        """
        import numpy as np

        from neuro.io import hdf5
        from neuro.io.hdf5 import Array

        (recording,) = self.listing()
        columns, rows, names, edges = self._table()
        arrays = {
            "features": Array(np.array(edges, np.float32), ("participant", "edge"), "1"),
            "names": Array(np.array(names, dtype=np.str_), ("edge",)),
        }
        with atomic(target_dir) as root:
            root.mkdir()
            title = self.name or self.folder.name
            tree.describe(root, title, self.license, self.citation, kind="derivative")
            stem = root / recording.path.removesuffix("_features.h5")
            stem.parent.mkdir(parents=True)
            hdf5.write(Path(f"{stem}_features.h5"), arrays, self.provenance())
            tree.write_table(Path(f"{stem}_participants.tsv"), columns, rows)
            tree.write_participants(root)

    def _table(self) -> tuple[list[str], list[list[str]], list[str], "list[NDArray[Any]]"]:
        """Columns and rows of people, names of edges, and a row of edges per person."""
        config = self.config
        people = read_people(self.people, config.identity, config.missing, self.where)
        rows, edges = [], []
        regions: list[str] = []
        for match in self._matches():
            path = self.folder / match.path
            person = people.row(match.labels["subject"], self.folder / match.path)
            found, values = read_series(path)
            if regions and found != regions:
                raise DatasetError(
                    f"{path}: {len(found)} regions, which are not the {len(regions)} of the first "
                    f"file, e.g. {enumerate_some(set(found) ^ set(regions), 5)}."
                )
            regions = found
            edges.append(correlations(values))
            rows.append([person[column] for column in people.columns])
        names = [f"{a}-{b}" for i, a in enumerate(regions) for b in regions[i + 1 :]]
        return people.columns, rows, names, edges

    def _matches(self) -> list[Match]:
        if not self.people.is_file():
            raise DatasetError(
                f"{self.where}.people: no file {str(self.people)!r}; the table of people lies "
                "below `path`."
            )
        matches = find(self.folder, self.config.pattern)
        if not matches:
            there = (path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*"))
            raise DatasetError(
                f"{self.where}.pattern: {self.config.pattern!r} fits no path below "
                f"{str(self.folder)!r}. There are: {enumerate_some(there) or 'no files'}."
            )
        return matches


def read_series(path: Path) -> tuple[list[str], "NDArray[np.float64]"]:
    """Read a table of region time courses.

    Parameters
    ----------
    path : Path
        Numbers between blanks, tabs or commas, a line per volume. A first line of names is read as
        such, with or without `#`.

    Returns
    -------
    regions : list of str
        Names of the columns, without `#`; numbers from 1 where there are none.
    values : ndarray, shape (n_volumes, n_regions)
        Numbers.

    Raises
    ------
    DatasetError
        If it is no such table, or has less than 3 volumes or 2 regions.
    """
    import numpy as np

    lines = [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    names: list[str] = []
    if lines and not _is_number(re.split(r"[,\s]+", lines[0].strip())[0]):
        names = [name.strip().lstrip("#").strip('" ') for name in _split(lines.pop(0))]
        names = [name for name in names if name]
    if [name.lower() for name in names[:2]] == ["file", "sub-brick"]:
        # AFNI's 3dROIstats, as in ADHD-200, begins lines with the volume they are of.
        names = names[2:]
        lines = [" ".join(_split(line)[2:]) for line in lines]
    try:
        values = np.loadtxt((line.replace(",", " ") for line in lines), ndmin=2)
    except ValueError as error:
        raise DatasetError(f"{path}: not a table of region time courses ({error}).") from error
    names = names or [str(i + 1) for i in range(values.shape[1])]
    if len(names) != values.shape[1]:
        raise DatasetError(f"{path}: {len(names)} names for {values.shape[1]} columns.")
    if values.shape[0] < 3 or values.shape[1] < 2:
        raise DatasetError(
            f"{path}: {values.shape[0]} volumes of {values.shape[1]} regions; at least 3 of 2 are "
            "needed to correlate them."
        )
    return names, values


def correlations(values: "NDArray[np.float64]") -> "NDArray[Any]":
    """Fisher's z of the correlations of all pairs of columns, in the order of the upper triangle.

    Parameters
    ----------
    values : ndarray, shape (n_volumes, n_regions)
        Time courses.

    Returns
    -------
    z : ndarray, shape (n_regions (n_regions - 1) / 2,)
        NaN where a region is constant: outside the field of view its series is zero.
    """
    import numpy as np

    centered = values - values.mean(0)
    size = np.sqrt(np.square(centered).sum(0))
    size[size <= 1e-12 * np.abs(values).max(0)] = np.nan
    unit = centered / size
    r = (unit.T @ unit)[np.triu_indices(values.shape[1], 1)]
    z: NDArray[Any] = np.arctanh(np.clip(r, -1 + 1e-7, 1 - 1e-7))
    return z


def _split(line: str) -> list[str]:
    for delimiter in ("\t", ","):
        if delimiter in line:
            return line.split(delimiter)
    return line.split()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
