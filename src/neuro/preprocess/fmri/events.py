"""Which condition each volume belongs to."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuro.io.tables import read_tsv
from neuro.preprocess.names import did_you_mean, listed

Events = Mapping[str, Sequence[str]]


def label_volumes(
    path: Path, conditions: Events, n_times: int, tr: float, delay: float
) -> tuple[NDArray[np.str_], dict[str, Any]]:
    """Give each volume the condition during which its middle lies.

    Parameters
    ----------
    path : Path
        The events.tsv, with `onset` and `duration` in s and `trial_type`.
    conditions : mapping of str to sequence of str
        Values of `trial_type` by condition.
    n_times : int
        Volumes.
    tr : float
        Repetition time, s.
    delay : float
        Added to every onset, s.

    Returns
    -------
    condition : ndarray of str, shape (n_times,)
        Empty where there is none, or more than one.
    found : dict
        `volumes` by condition, and the number of `ambiguous` volumes.

    Raises
    ------
    ValueError
        If the table lacks a column or a condition, an onset is not a number, or an event begins
        after the last volume.
    """
    table = read_tsv(path, ("onset", "duration", "trial_type"))
    kinds = table["trial_type"].astype(str)
    wanted = {value: name for name, values in conditions.items() for value in values}
    _known(path, wanted, sorted(set(kinds)))
    used = table[kinds.isin(list(wanted))]
    onset, duration = _times(path, used, "onset"), _times(path, used, "duration")
    end = n_times * tr
    if (late := onset[onset >= end]).size:
        raise ValueError(
            f"{path}: {late.size} event(s) begin after the last volume: the latest at "
            f"{late.max():g} s, where the recording ends at {end:g} s ({n_times} volumes of {tr:g} "
            "s). Check the table's unit (s), the repetition time, and that the recording is whole"
        )
    middles = (np.arange(n_times) + 0.5) * tr - delay
    names = [wanted[kind] for kind in used["trial_type"].astype(str)]
    hits = {name: np.zeros(n_times, bool) for name in conditions}
    for name, start, length in zip(names, onset, duration, strict=True):
        hits[name] |= (middles >= start) & (middles < start + length)
    count = np.sum(list(hits.values()), axis=0)
    condition = np.full(n_times, "", dtype=object)
    for name, hit in hits.items():
        condition[hit & (count == 1)] = name
    found = {
        "volumes": {name: int((condition == name).sum()) for name in conditions},
        "ambiguous": int((count > 1).sum()),
    }
    return condition.astype(str), found


def _known(path: Path, wanted: Mapping[str, str], there: list[str]) -> None:
    unknown = [value for value in wanted if value not in there]
    if unknown and not set(wanted) & set(there):
        raise ValueError(
            f"{path}: no event of any condition; `events` names {listed(wanted)}."
            f"{did_you_mean(unknown, there)} The table has: {listed(there)}"
        )


def _times(path: Path, table: Any, column: str) -> NDArray[np.float64]:
    try:
        values = table[column].to_numpy(dtype=float)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path}: column {column} must hold numbers in s ({error})") from error
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError(
            f"{path}: column {column} must hold numbers of at least 0 s; found "
            f"{int((~np.isfinite(values)).sum())} missing and {int((values < 0).sum())} negative"
        )
    return np.asarray(values)
