"""Sorted units of an `.npz` file, as pynapple's `TsGroup.save` or anyone writes it.

`t` or `times` (s) and `index` or `units` hold a row per spike; `keys` or `ids` every unit, also
those without spikes; `start` and `end` when the recording ran; any further array with an entry per
unit is a column, e.g. `location`.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuro.io.damage import reading
from neuro.io.nwb import Intervals
from neuro.preprocess.spikes.source import UnitTable, WithSidecars

KEYS = {"times": ("t", "times"), "units": ("index", "units"), "ids": ("keys", "ids")}
NO_COLUMNS = {"t", "times", "index", "units", "keys", "ids", "start", "end", "type", "d"}

Arrays = dict[str, NDArray[np.generic]]


class NpzSpikes(WithSidecars):
    """An `.npz` file."""

    def units(self, *, samples: bool = True) -> UnitTable:
        """Read the file.

        Raises
        ------
        ValueError
            If the file is truncated, or an array is missing, pickled, or of another length.
        """
        arrays, refused = _load(self.path)
        times = self._get(arrays, refused, "times")
        index = self._get(arrays, refused, "units")
        if times.shape != index.shape or times.ndim != 1:
            raise ValueError(
                f"{self.path}: spike times have shape {times.shape}, their units {index.shape}; "
                "both must have one entry per spike"
            )
        unique, whose = np.unique(index, return_inverse=True)
        there = [str(each) for each in unique.tolist()]
        named = next((arrays[key] for key in KEYS["ids"] if key in arrays), None)
        ids = there if named is None else [str(each) for each in named.tolist()]
        columns = {
            key: [str(v) for v in array.tolist()]
            for key, array in arrays.items()
            if key not in NO_COLUMNS and array.shape == (len(ids),)
        }
        if stray := sorted({*there} - {*ids}):
            raise ValueError(f"{self.path}: spikes of units {stray}, which are not among {ids}")
        notes = [
            f"{self.path.name}: the array {key!r} is a pickled object, which is never read; save "
            "what it holds as arrays of numbers or text."
            for key in refused
        ]
        chosen = {}
        if samples:
            order = np.argsort(whose, kind="stable")
            cuts = np.searchsorted(whose[order], np.arange(1, len(there)))
            parts = np.split(np.asarray(times, np.float64)[order], cuts)
            chosen = dict(zip(there, parts, strict=True)) if there else {}
        spikes = [chosen.get(each, np.empty(0)) for each in ids] if samples else []
        return UnitTable(ids, columns, len(times), spikes, self._support(arrays), notes)

    def _get(self, arrays: Arrays, refused: list[str], what: str) -> NDArray[np.generic]:
        for key in KEYS[what]:
            if key in arrays and (what != "times" or arrays[key].dtype.kind in "iuf"):
                return arrays[key]
        there = {key: f"{array.dtype}{list(array.shape)}" for key, array in arrays.items()}
        raise ValueError(
            f"{self.path}: has no array {' or '.join(map(repr, KEYS[what]))}. It has "
            f"{there or 'none'}" + (f", and pickled objects {refused}" if refused else "")
        )

    def _support(self, arrays: Arrays) -> Intervals | None:
        if "start" not in arrays or "end" not in arrays:
            return None
        start = np.atleast_1d(np.asarray(arrays["start"], np.float64))
        stop = np.atleast_1d(np.asarray(arrays["end"], np.float64))
        if start.shape != stop.shape:
            raise ValueError(
                f"{self.path}: {start.size} entries of 'start', {stop.size} of 'end'; they must "
                "be as many"
            )
        return Intervals(start, stop, ["recording"] * len(start))


def _load(path: Path) -> tuple[Arrays, list[str]]:
    """Arrays of a file, and names of those that are pickled."""
    arrays, refused = {}, []
    with (
        reading(path, "truncated, or not an .npz file"),
        np.load(path, allow_pickle=False) as file,
    ):
        for key in file.files:
            try:
                arrays[key] = file[key]
            except ValueError as error:
                if "pickle" not in str(error):
                    raise
                refused.append(key)
    return arrays, refused
