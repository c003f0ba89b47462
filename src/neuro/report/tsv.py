"""A TSV file as rows of text for the page."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neuro.io.tables import read_tsv
from neuro.report.numbers import fixed, rounded

if TYPE_CHECKING:
    import pandas as pd

MAX_ROWS = 50


@dataclass(frozen=True)
class Rows:
    """The first rows of a table, as text."""

    header: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    n_rows: int


def read(path: Path) -> Rows:
    """Read a table for the page: the first rows, and numbers with four significant digits.

    Parameters
    ----------
    path : Path
        The TSV file.

    Returns
    -------
    rows : Rows
        Up to :data:`MAX_ROWS` rows; all numbers of a column have the same decimals.
    """
    table = read_tsv(path)
    shown = table.head(MAX_ROWS)
    columns = [_column(shown.iloc[:, i]) for i in range(shown.shape[1])]
    numeric = tuple(_is_numeric(shown.iloc[:, i]) for i in range(shown.shape[1]))
    return Rows(
        header=tuple(map(str, table.columns)),
        numeric=numeric,
        rows=tuple(zip(*columns, strict=True)),
        n_rows=len(table),
    )


def _is_numeric(column: "pd.Series[Any]") -> bool:
    return column.dtype.kind in "iuf"


def _column(column: "pd.Series[Any]") -> list[str]:
    if not _is_numeric(column):
        return [
            "n/a" if missing else str(v) for v, missing in zip(column, column.isna(), strict=True)
        ]
    values = column.to_numpy(dtype=float)
    decimals = _decimals(values[np.isfinite(values)])
    return [_cell(float(value), decimals) for value in values]


def _decimals(values: NDArray[np.floating]) -> int:
    """Decimals that give the largest number of a column four significant digits, or fewer.

    Fewer where the further ones would be zeros in every row.
    """
    if not values.size:
        return 0
    largest = float(np.abs(values).max())
    limit = min(max(0, 3 - int(np.floor(np.log10(largest)))), 6) if largest else 0
    texts = [f"{value:.{limit}f}".rstrip("0") for value in values]
    return max(len(text.partition(".")[2]) for text in texts) if limit else 0


def _cell(value: float, decimals: int) -> str:
    if np.isnan(value):
        return "n/a"
    if np.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value and abs(value) < 0.5 * 10.0**-decimals:  # would print as 0, which it is not
        return rounded(value, 2)
    return fixed(value, decimals)
