"""Which sensors a network sees: by name, by spherical splines, or a spread subset of what there is.

The splines are MNE's (Perrin et al., Electroencephalogr. Clin. Neurophysiol. 72, 184-187, 1989).
"""

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.eegbench.method import NotApplicableError
from neuro.analyses.eegbench.trials import Floats, Sensors

TEN_TWENTY = (
    *("Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8"),
    *("T7", "C3", "Cz", "C4", "T8"),
    *("P7", "P3", "Pz", "P4", "P8", "O1", "O2"),
)
"""The 19 electrodes that foundation models have most often been trained on."""
OLD_NAMES = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}
"""Electrodes that were renamed in the extended 10-20 system."""
MIN_ELECTRODES = 8
"""From fewer, the field elsewhere on the head is a guess."""


class ChannelError(NotApplicableError):
    """The network cannot be fed from these sensors."""


def _plain(name: str) -> str:
    plain = name.strip(". ").upper()
    return OLD_NAMES.get(plain, plain)


def match_names(wanted: tuple[str, ...], ch_names: tuple[str, ...]) -> Floats | None:
    """Pick channels by name, whatever their case and whether they are called T3 or T7.

    Parameters
    ----------
    wanted, ch_names : tuple of str
        Channels to have, and channels there are.

    Returns
    -------
    matrix : ndarray, shape (n_wanted, n_channels), or None
        One 1 in each row; None if one is missing.
    """
    index = {_plain(name): i for i, name in enumerate(ch_names)}
    if any(_plain(name) not in index for name in wanted):
        return None
    return np.eye(len(ch_names))[[index[_plain(name)] for name in wanted]]


def head_positions(ch_names: tuple[str, ...]) -> Floats:
    """Positions of electrodes of the extended 10-20 system, in head coordinates, m.

    Parameters
    ----------
    ch_names : tuple of str
        Electrodes of MNE's `standard_1005`.

    Returns
    -------
    positions : ndarray, shape (n_channels, 3)
        Of the template head.
    """
    import mne

    info = mne.create_info(list(ch_names), 1.0, "eeg", verbose="error")
    info.set_montage("standard_1005", match_case=False, verbose="error")
    return np.array([ch["loc"][:3] for ch in info["chs"]])


def spline_matrix(wanted: tuple[str, ...], sensors: Sensors) -> Floats:
    """Interpolate electrodes of the 10-20 system from electrodes of known positions.

    Parameters
    ----------
    wanted : tuple of str
        Electrodes of MNE's `standard_1005`.
    sensors : Sensors
        With positions.

    Returns
    -------
    matrix : ndarray, shape (n_wanted, n_channels)
        Spherical splines as MNE has them, applied to one electrode after the other.
    """
    import mne

    if sensors.positions is None:
        raise ChannelError("the electrodes have no positions")
    names = [f"source {i}" for i in range(len(sensors.ch_names))]
    info = mne.create_info(names, 1.0, "eeg", verbose="error")
    source = dict(zip(names, sensors.positions, strict=True))
    info.set_montage(mne.channels.make_dig_montage(source, coord_frame="head"), verbose="error")
    target = mne.channels.make_dig_montage(
        dict(zip(wanted, head_positions(wanted), strict=True)), coord_frame="head"
    )
    each = mne.EvokedArray(np.eye(len(names)), info, verbose="error")
    with mne.utils.use_log_level("error"):
        there = each.interpolate_to(target, origin=(0.0, 0.0, 0.04), method="spline")
    return np.asarray(there.get_data(picks=list(wanted)), np.float64)


def spread_channels(sensors: Sensors, n_max: int) -> NDArray[np.intp]:
    """Choose channels that cover the array.

    Parameters
    ----------
    sensors : Sensors
        Channels; with positions, each next one is the farthest from those chosen, starting from the
        one nearest to the centre; without, they are taken at even steps of the list.
    n_max : int
        At most so many.

    Returns
    -------
    index : ndarray of int
        In the order of the list.
    """
    n_channels = len(sensors.ch_names)
    if n_channels <= n_max:
        return np.arange(n_channels)
    if sensors.positions is None:
        return np.round(np.linspace(0, n_channels - 1, n_max)).astype(np.intp)
    place = sensors.positions
    chosen = [int(np.argmin(np.linalg.norm(place - place.mean(axis=0), axis=1)))]
    nearest = np.linalg.norm(place - place[chosen[0]], axis=1)
    while len(chosen) < n_max:
        chosen.append(int(np.argmax(nearest)))
        nearest = np.minimum(nearest, np.linalg.norm(place - place[chosen[-1]], axis=1))
    return np.array(sorted(chosen), np.intp)


def electrode_matrix(wanted: tuple[str, ...], sensors: Sensors, model: str) -> Floats:
    """Make the electrodes a model wants from the sensors there are.

    Parameters
    ----------
    wanted : tuple of str
        Electrodes of the extended 10-20 system.
    sensors : Sensors
        What there is.
    model : str
        For the message.

    Returns
    -------
    matrix : ndarray, shape (n_wanted, n_channels)
        Of zeros and ones if all are there by name, else splines.

    Raises
    ------
    ChannelError
        If neither is possible.
    """
    if (by_name := match_names(wanted, sensors.ch_names)) is not None:
        return by_name
    kinds = sorted(set(sensors.ch_types))
    why = None
    if kinds != ["eeg"]:
        why = f"the channels are of type {', '.join(kinds)}, and electrodes come only from eeg"
    elif sensors.positions is None:
        why = "there are no positions to interpolate from"
    elif len(sensors.ch_names) < MIN_ELECTRODES:
        why = f"{len(sensors.ch_names)} electrodes are fewer than the {MIN_ELECTRODES} it takes"
    if why:
        have = {_plain(name) for name in sensors.ch_names}
        missing = [name for name in wanted if _plain(name) not in have]
        raise ChannelError(
            f"{model} needs the {len(wanted)} electrodes {', '.join(wanted)}. Of these "
            f"{', '.join(missing)} are not among the {len(sensors.ch_names)} channels "
            f"({', '.join(sensors.ch_names[:6])}{', ...' if len(sensors.ch_names) > 6 else ''}), "
            f"and {why}. Name or place the electrodes, or leave {model} out of this task."
        )
    return spline_matrix(wanted, sensors)
