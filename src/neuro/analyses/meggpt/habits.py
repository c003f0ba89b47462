"""What tells sessions apart or is told of channels: bursts, and fingerprints."""

from collections.abc import Mapping
from dataclasses import astuple, fields

import numpy as np

from neuro.analyses.meggpt.bursts import Burst, Bursts
from neuro.analyses.meggpt.fingerprint import fingerprint
from neuro.analyses.meggpt.score_table import Table
from neuro.analyses.meggpt.sessions import Signals
from neuro.analyses.meggpt.trained import OWN
from neuro.io.hdf5 import Array

N_CHANNELS = 5
"""Channels, spread over all, whose bursts are looked at."""
STATISTICS = tuple(field.name for field in fields(Burst))
ALL = "all"
"""Stands for a session where a number is of all of them."""
By = Mapping[str, Mapping[str, Signals]]


def bursts_of(
    table: Table,
    real: Mapping[str, Signals],
    made: By,
    sfreq: float,
    rng: np.random.Generator,
) -> dict[str, Array]:
    """Bursts of a few channels, by states that are fitted to the recorded sessions.

    Parameters
    ----------
    table : Table
        Gets a row per statistic, source and session: the mean over channels.
    real : mapping of str to ndarray, shape (n_channels, n_times)
        Recorded sessions.
    made : mapping of str to mapping of str to ndarray
        Signals by session and source.
    sfreq : float
        Sampling rate, Hz.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    arrays : dict of str to Array
        Statistics by session and source, shape (n_channels, n_statistics), and the channels.
    """
    n = len(next(iter(real.values())))
    channels = np.unique(np.linspace(0, n - 1, N_CHANNELS).round().astype(int))
    values: dict[tuple[str, str], list[tuple[float, ...]]] = {}
    for channel in channels:
        states = Bursts().fit([each[channel] for each in real.values()], sfreq, rng)
        for label, data in real.items():
            for source, signals in {"real": data, **made[label]}.items():
                summary = astuple(states.summary(signals[channel], sfreq))
                values.setdefault((label, source), []).append(summary)
    arrays = {"burst_channels": Array(channels, ("channel",))}
    for (label, source), rows in values.items():
        found = np.array(rows)
        arrays[f"{label}/{source}/bursts"] = Array(found, ("channel", "statistic"))
        known = np.isfinite(found).any(axis=0)
        means = {
            f"burst_{name}": float(np.nanmean(found[:, i]))
            for i, name in enumerate(STATISTICS)
            if known[i]
        }
        table.add(source, label, means)
    return arrays


def fingerprints_of(table: Table, real: Mapping[str, Signals], made: By) -> dict[str, Array]:
    """Whether sessions are recognized by what was generated like them; nothing for one session.

    Parameters
    ----------
    table : Table
        Gets the share that is recognized.
    real : mapping of str to ndarray, shape (n_channels, n_times)
        Recorded sessions.
    made : mapping of str to mapping of str to ndarray
        Signals by session and source.

    Returns
    -------
    arrays : dict of str to Array
        Distances, shape (n_generated, n_real).
    """
    if len(real) < 2:
        return {}
    found = fingerprint([made[label][OWN] for label in real], list(real.values()))
    table.add(OWN, ALL, {"fingerprint_top1": found.top1}, chance=found.chance)
    if np.isfinite(found.consistency):
        table.add(OWN, ALL, {"fingerprint_consistency": found.consistency})
    return {"fingerprint": Array(found.distances, ("generated", "recorded"))}
