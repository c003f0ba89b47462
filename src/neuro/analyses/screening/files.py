"""Tables of features in files, read piece by piece: HDF5, NumPy, Parquet, CSV, TSV, plink BED."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from neuro.analyses.screening.parse import parse_line, to_number
from neuro.analyses.screening.sources import ArraySource, Source
from neuro.io.damage import reading
from neuro.io.foreign import open_hdf5
from neuro.stats.dependence.block import Floats

SUFFIXES = (".h5", ".hdf5", ".npy", ".parquet", ".csv", ".tsv", ".bed")
NAMES = "names"
"""Dataset beside the features in HDF5 that holds their names."""


def open_features(
    path: str | Path, *, dataset: str | None = None, exclude: Sequence[str] = ()
) -> Source:
    r"""Open a table of features; values are read when they are asked for.

    Parameters
    ----------
    path : str or Path
        File of samples x features: `.h5`, `.hdf5`, `.npy`, `.parquet`, `.csv`, `.tsv`, or plink's
        `.bed` with its `.bim` and `.fam`.
    dataset : str, optional
        HDF5: the dataset; by default the only one of two dimensions. Names of the features are
        those of a dataset `names` beside it.
    exclude : sequence of str
        Columns that are no features: outcome, labels, covariates.

    Returns
    -------
    source : Source
        The features that are left.

    Raises
    ------
    ValueError
        If the file is of no such kind, is broken, or has a column that holds text.
    FileNotFoundError
        If there is no such file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import neuro
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name) / "table.csv"
    >>> _ = path.write_text("age,edge a-b,edge a-c\n31,0.5,0.1\n40,0.2,0.3\n")
    >>> source = neuro.screening.open_features(path, exclude=["age"])
    >>> source.n_samples, source.n_features
    (2, 2)
    >>> folder.cleanup()
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise ValueError(f"{path}: no table of features; allowed: {', '.join(SUFFIXES)}")
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file")
    match path.suffix:
        case ".npy":
            with reading(path, "not a NumPy array of numbers"):
                array = np.load(path, mmap_mode="r", allow_pickle=False)
            return ArraySource(array, where=str(path))
        case ".h5" | ".hdf5":
            return _hdf5(path, dataset)
        case ".parquet":
            return ParquetSource(path, exclude)
        case ".bed":
            return BedSource(path)
        case _:
            return TextSource(path, exclude)


def _hdf5(path: Path, dataset: str | None) -> Source:
    tables: list[str] = []

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.ndim == 2:
            tables.append(name)

    with reading(path, "not a readable HDF5 file"):
        file = open_hdf5(path)
        file.visititems(visit)
    if dataset is None and len(tables) == 1:
        dataset = tables[0]
    if dataset is None or dataset not in file:
        raise ValueError(
            f"{path}: say which dataset holds the features, got {dataset!r}; it has {tables}"
        )
    group = file[dataset].parent
    names = [str(name) for name in group[NAMES].asstr()[()]] if NAMES in group else None
    return ArraySource(file[dataset], names, f"{path}:{dataset}")


class ParquetSource(Source):
    """A Parquet file: columns are read by name, and no others."""

    def __init__(self, path: Path, exclude: Sequence[str] = ()) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        with reading(path, "not a Parquet file"):
            self._file = pq.ParquetFile(path)
        self.where = str(path)
        every = self._file.schema_arrow
        self._names = _without(every.names, exclude, path)
        for name in self._names:
            kind = every.field(name).type
            if not (
                pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
            ):
                raise ValueError(f"{path}: column {name!r} is {kind}, no numbers; exclude it")
        self.n_samples, self.n_features = self._file.metadata.num_rows, len(self._names)

    def columns(self, start: int, stop: int) -> NDArray[Any]:
        """Values of some features."""
        with reading(self.where):
            table = self._file.read(columns=self._names[start:stop])
        values = np.empty((self.n_samples, stop - start))
        for i, name in enumerate(self._names[start:stop]):
            values[:, i] = table.column(name).to_numpy()
        return values

    def names(self, start: int, stop: int) -> list[str]:
        """Names of some features."""
        return self._names[start:stop]


class TextSource(Source):
    """A CSV or TSV file. Its lines are parsed once, into a file of numbers that is gone at the end.

    Memory holds a line, whatever the size of the table.
    """

    def __init__(self, path: Path, exclude: Sequence[str] = ()) -> None:
        self.where = str(path)
        delimiter = "\t" if path.suffix == ".tsv" else ","
        with path.open("rb") as file:
            header = file.readline().decode("utf-8-sig").rstrip("\r\n")
            every = [name.strip().strip('"') for name in header.split(delimiter)]
            self._names = _without(every, exclude, path)
            # Gone when this object is.
            self._spool = tempfile.TemporaryFile()  # noqa: SIM115
            keep = np.flatnonzero(~np.isin(every, list(exclude)))
            left_out = np.flatnonzero(np.isin(every, list(exclude)))
            row = np.empty(len(every))
            self.n_samples, self.n_features = 0, len(self._names)
            for number, line in enumerate(file, start=2):
                text = line.rstrip(b"\r\n")
                if not text:
                    continue
                self._parse(_blank(text, delimiter, left_out), delimiter, row, every, number)
                (row[keep] if len(left_out) else row).tofile(self._spool)
                self.n_samples += 1
        if not self.n_samples:
            raise ValueError(f"{path}: has no samples")
        self._spool.flush()
        self._array: Floats = np.memmap(
            self._spool, np.float64, "r", shape=(self.n_samples, self.n_features)
        )

    def _parse(
        self, text: bytes, delimiter: str, row: Floats, names: list[str], number: int
    ) -> None:
        try:
            n_fields = parse_line(text, delimiter, row)
        except ValueError:
            raise ValueError(self._about_text(text, delimiter, names, number)) from None
        if n_fields != len(names):
            raise ValueError(
                f"{self.where}: line {number} has {n_fields} fields, but the header {len(names)}"
            )

    def _about_text(self, text: bytes, delimiter: str, names: list[str], number: int) -> str:
        for name, field in zip(
            names, text.decode("utf-8", "replace").split(delimiter), strict=False
        ):
            try:
                to_number(field)
            except ValueError:
                return (
                    f"{self.where}: column {name!r} holds {field!r} in line {number}, which is no "
                    "number; exclude the column, or mark missing values as n/a"
                )
        return f"{self.where}: line {number} cannot be read"

    def columns(self, start: int, stop: int) -> NDArray[Any]:
        """Values of some features."""
        return self._array[:, start:stop]

    def names(self, start: int, stop: int) -> list[str]:
        """Names of some features."""
        return self._names[start:stop]


def _blank(text: bytes, delimiter: str, fields: NDArray[np.intp]) -> bytes:
    """The line without what stands in some of its fields."""
    if not len(fields):
        return text
    parts = text.split(delimiter.encode(), int(fields[-1]) + 1)
    for field in fields:
        if field < len(parts):
            parts[field] = b""
    return delimiter.encode().join(parts)


class BedSource(Source):
    """plink's binary genotypes: copies of the first allele, 0, 1 or 2 (PLINK 1 `.bed`)."""

    # Two bits each, from the lowest: two copies, missing, one, none.
    CODES = np.array([2.0, np.nan, 1.0, 0.0])

    def __init__(self, path: Path) -> None:
        self.where = str(path)
        for ending in (".bim", ".fam"):
            if not path.with_suffix(ending).is_file():
                raise FileNotFoundError(f"{path}: {path.with_suffix(ending).name} is not beside it")
        self.n_samples = sum(1 for line in path.with_suffix(".fam").open() if line.strip())
        lines = path.with_suffix(".bim").read_text(encoding="utf-8").splitlines()
        self._names = [line.split()[1] for line in lines if line.strip()]
        self.n_features = len(self._names)
        if path.open("rb").read(3) != b"\x6c\x1b\x01":
            raise ValueError(f"{path}: no PLINK 1 file in the order of variants (its first bytes)")
        width = -(-self.n_samples // 4)
        if path.stat().st_size != 3 + width * self.n_features:
            raise ValueError(
                f"{path}: {path.stat().st_size} bytes, but {self.n_samples} samples and "
                f"{self.n_features} variants take {3 + width * self.n_features}"
            )
        self._bytes: NDArray[np.uint8] = np.memmap(
            path, np.uint8, "r", offset=3, shape=(self.n_features, width)
        )

    def columns(self, start: int, stop: int) -> NDArray[Any]:
        """Values of some features."""
        packed = np.asarray(self._bytes[start:stop])
        pairs = np.stack([(packed >> shift) & 3 for shift in (0, 2, 4, 6)], axis=2)
        codes = pairs.reshape(stop - start, -1)[:, : self.n_samples]
        return self.CODES[codes].T

    def names(self, start: int, stop: int) -> list[str]:
        """Names of some features."""
        return self._names[start:stop]


def _without(names: Sequence[str], exclude: Sequence[str], path: Path) -> list[str]:
    if lacking := sorted(set(exclude) - set(names)):
        raise ValueError(f"{path}: has no column(s) {lacking}; it has {list(names[:10])}...")
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if list(names).count(name) > 1})[:5]
        raise ValueError(f"{path}: column(s) {twice} are there more than once")
    left = set(exclude)
    return [name for name in names if name not in left]
