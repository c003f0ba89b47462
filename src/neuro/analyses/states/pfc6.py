"""Reader of the text files of CRCNS pfc-6 (Peyrache et al., 2009, 2018).

A session is a folder with tab-separated tables without a header: `<session>_SpikeData.dat` (time
in ms, cell), `<session>_Behavior.dat` (start and end in ms, rule, outcome, choice, light) and
`<session>_CellType.dat`. The recordings themselves need an account at crcns.org.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
COLUMNS = ("start", "stop", "rule", "outcome", "choice", "light")


@dataclass(frozen=True)
class Session:
    """Trials of a session.

    Parameters
    ----------
    counts : list of ndarray, shape (n_bins, n_cells)
        Counts of each trial.
    trials : ndarray, shape (n_trials, 6)
        `COLUMNS` of each trial, times in s.
    cell_types : ndarray of int, shape (n_cells,)
        As the file has them.
    bin_width : float
        Width of a bin, s.
    """

    counts: list[NDArray[np.int64]]
    trials: Floats
    cell_types: NDArray[np.int64]
    bin_width: float


def read(
    folder: str | Path,
    *,
    bin_width: float = 0.02,
    before: float = 5.0,
    after: float = 10.0,
) -> Session:
    """Read a session, cut around the end of each trial's start.

    Parameters
    ----------
    folder : str | Path
        The session's folder, named by the session.
    bin_width : float
        Width of the bins, s.
    before, after : float
        What is kept around the start of each trial, s.

    Returns
    -------
    session : Session
        Binned trials.

    Raises
    ------
    FileNotFoundError
        If a file is missing.
    ValueError
        If a table is not what it should be.
    """
    folder = Path(folder)
    spikes = _table(folder, "SpikeData", 2)
    trials = _table(folder, "Behavior", 6)
    types = _table(folder, "CellType", 1)[:, 0].astype(np.int64)
    trials[:, :2] /= 1000.0
    cells = spikes[:, 1].astype(np.int64)
    lowest = int(cells.min()) if len(cells) else 1
    if lowest not in (0, 1) or cells.max() - lowest >= len(types):
        raise ValueError(
            f"{folder}: cells of SpikeData go from {lowest} to {cells.max()}, but CellType has "
            f"{len(types)} cells; they must count from 0 or 1 to the last of these"
        )
    n_bins = round((before + after) / bin_width)
    counts = []
    for start in trials[:, 0]:
        index = np.floor((spikes[:, 0] / 1000.0 - start + before) / bin_width).astype(np.int64)
        inside = (index >= 0) & (index < n_bins)
        matrix = np.zeros((n_bins, len(types)), np.int64)
        np.add.at(matrix, (index[inside], cells[inside] - lowest), 1)
        counts.append(matrix)
    return Session(counts, trials, types, bin_width)


def _table(folder: Path, name: str, n_columns: int) -> Floats:
    path = folder / f"{folder.name}_{name}.dat"
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: not there; a session of pfc-6 has it. The files are at crcns.org (account "
            "needed)"
        )
    try:
        table = np.loadtxt(path, ndmin=2)
    except ValueError as error:
        raise ValueError(f"{path}: not a table of numbers ({error})") from error
    if table.shape[1] < n_columns:
        raise ValueError(f"{path}: needs {n_columns} column(s), has {table.shape[1]}")
    return np.asarray(table[:, :n_columns], np.float64)
