"""What a session's signals must be before they become tokens."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Signals = NDArray[np.float32]
"""Signals of one session, shape (n_channels, n_times), in standard deviations."""


def standardize(
    data: NDArray[np.floating], names: Sequence[str] = (), where: str = "session"
) -> Signals:
    """Center each channel and divide it by its standard deviation over the session.

    Parameters
    ----------
    data : ndarray, shape (n_channels, n_times)
        Good samples of one session.
    names : sequence of str
        Channel names, for messages; numbers where none are given.
    where : str
        What the session is called in messages, e.g. its file.

    Returns
    -------
    signals : ndarray of float32, shape (n_channels, n_times)
        Channels of mean 0 and standard deviation 1.

    Raises
    ------
    ValueError
        If a channel is constant or has values that are not finite.
    """
    checked(data, names, where)
    values = np.asarray(data, dtype=np.float64)
    center = values.mean(axis=1, keepdims=True)
    scale = values.std(axis=1, keepdims=True)
    # Rounding makes a constant channel's deviation a hair above zero.
    flat = np.flatnonzero(scale[:, 0] <= 1e-9 * np.abs(center[:, 0]))
    if flat.size:
        raise ValueError(
            f"{where}: channel {_named(flat, names)} is constant and cannot be standardized; "
            "mark it as bad, or interpolate it"
        )
    signals: Signals = ((values - center) / scale).astype(np.float32)
    return signals


def good_samples(
    data: NDArray[np.floating],
    good: NDArray[np.bool_],
    names: Sequence[str] = (),
    where: str = "session",
) -> Signals:
    """Standardize what is left of a session without its bad samples.

    Parameters
    ----------
    data : ndarray, shape (n_channels, n_times)
        All samples of one session; bad ones may be anything.
    good : ndarray of bool, shape (n_times,)
        Which samples count.
    names : sequence of str
        Channel names, for messages.
    where : str
        What the session is called in messages.

    Returns
    -------
    signals : ndarray of float32, shape (n_channels, n_good)
        Good samples, joined.

    Raises
    ------
    ValueError
        If none is good, the mask is of another length, or what is left cannot be standardized.
    """
    if good.shape != data.shape[-1:]:
        raise ValueError(
            f"{where}: expected a mask of {data.shape[-1]} samples, as the signals have. "
            f"Got shape {good.shape}."
        )
    if not good.any():
        raise ValueError(f"{where}: all samples are marked as bad; exclude this recording")
    return standardize(data[:, good.astype(bool)], names, where)


def checked(
    data: NDArray[np.floating], names: Sequence[str] = (), where: str = "session"
) -> NDArray[np.floating]:
    """Signals as they came, once they are known to be a finite matrix.

    Raises
    ------
    ValueError
        If they are not of shape (n_channels, n_times), are empty, or have a value that is not
        finite.
    """
    if data.ndim != 2 or 0 in data.shape:
        raise ValueError(
            f"{where}: expected signals of shape (n_channels, n_times), none of them 0. "
            f"Got {data.shape}."
        )
    finite = np.isfinite(data).all(axis=1)
    if not finite.all():
        bad = np.flatnonzero(~finite)
        when = int(np.flatnonzero(~np.isfinite(data[bad[0]]))[0])
        raise ValueError(
            f"{where}: channel {_named(bad, names)} has values that are not finite, the first at "
            f"sample {when}; cut these stretches out, or interpolate them"
        )
    return data


def _named(indices: NDArray[np.intp], names: Sequence[str]) -> str:
    """The first few of the channels found."""
    found = [names[i] if names else str(i) for i in indices[:3]]
    more = f" (and {len(indices) - 3} more)" if len(indices) > 3 else ""
    return ", ".join(found) + more
