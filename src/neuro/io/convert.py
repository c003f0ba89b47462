"""Objects of MNE, nibabel and pynapple from and to the arrays that analyses work on.

The analyses' own functions take these objects as well; what is here is for everything else. The
packages are imported when a function needs them, and pynapple is optional.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import mne
    import nibabel
    import pynapple

__all__ = [
    "Signals",
    "counts_of",
    "evoked_of",
    "image_of",
    "raw_of",
    "series_of",
    "signals_of",
    "tsd_frame_of",
]

Floats = NDArray[np.float64]


class Signals(NamedTuple):
    """Continuous signals of one recording.

    Attributes
    ----------
    data : ndarray, shape (n_channels, n_times)
        In the units of what they were read from.
    sfreq : float
        Sampling rate, Hz.
    names : tuple of str
        Channels or units.
    """

    data: Floats
    sfreq: float
    names: tuple[str, ...]


def is_of(value: Any, package: str, name: str) -> bool:
    """Tell whether a value is of a class of a package, without importing it.

    Parameters
    ----------
    value : object
        Any.
    package, name : str
        E.g. `pynapple` and `TsGroup`; subclasses count.
    """
    kinds = type(value).__mro__
    return any(k.__name__ == name and k.__module__.split(".")[0] == package for k in kinds)


def signals_of(recording: Any, picks: str | Sequence[str] = "data") -> Signals:
    """Signals of an MNE `Raw` or a pynapple `TsdFrame`.

    Parameters
    ----------
    recording : mne.io.BaseRaw | pynapple.TsdFrame
        Continuous; a frame must be sampled evenly.
    picks : str | sequence of str
        Channels of a `Raw`, as MNE picks them; bad ones are left out.

    Returns
    -------
    signals : Signals
        Shape (n_channels, n_times).

    Raises
    ------
    TypeError
        If it is something else.
    ValueError
        If a frame is not sampled evenly.

    Examples
    --------
    >>> import mne, numpy as np
    >>> raw = mne.io.RawArray(np.zeros((2, 50)), mne.create_info(2, 100.0, "eeg"), verbose=False)
    >>> found = signals_of(raw)
    >>> found.data.shape, found.sfreq, found.names
    ((2, 50), 100.0, ('0', '1'))
    """
    if is_of(recording, "mne", "BaseRaw"):
        chosen = recording.copy().pick(picks, exclude="bads")
        return Signals(chosen.get_data(), float(chosen.info["sfreq"]), tuple(chosen.ch_names))
    if is_of(recording, "pynapple", "TsdFrame"):
        steps = np.diff(recording.t)
        if not len(steps) or not np.allclose(steps, steps[0], rtol=1e-3):
            raise ValueError(
                "recording: samples of a TsdFrame must be evenly spaced; interpolate it, or "
                "restrict it to one epoch"
            )
        values = np.asarray(recording.values, np.float64).T
        return Signals(values, float(1 / np.median(steps)), tuple(map(str, recording.columns)))
    raise TypeError(
        f"recording: must be an MNE Raw or a pynapple TsdFrame. Got {type(recording).__name__}"
    )


def raw_of(
    data: NDArray[np.floating], sfreq: float, names: Sequence[str], ch_type: str = "misc"
) -> "mne.io.RawArray":
    """MNE `Raw` of signals.

    Parameters
    ----------
    data : ndarray, shape (n_channels, n_times)
        In MNE's units (V, T) where the type has one.
    sfreq : float
        Sampling rate, Hz.
    names : sequence of str
        Channels.
    ch_type : str
        MNE's type of all channels; `misc` for parcels and standardized signals.

    Returns
    -------
    raw : mne.io.RawArray
        Continuous.

    Examples
    --------
    >>> import numpy as np
    >>> raw_of(np.zeros((2, 50)), 100.0, ["V1", "V2"]).ch_names
    ['V1', 'V2']
    """
    import mne

    info = mne.create_info(list(names), sfreq, ch_type)
    return mne.io.RawArray(np.asarray(data, np.float64), info, verbose="ERROR")


def evoked_of(
    data: NDArray[np.floating], like: "mne.Info", tmin: float = 0.0, comment: str = ""
) -> "mne.EvokedArray":
    """MNE `Evoked` of values at channels and times, e.g. a pattern, to be drawn as topomaps.

    Parameters
    ----------
    data : ndarray, shape (n_channels, n_times) or (n_channels,)
        Values.
    like : mne.Info
        Channels, sampling rate and positions; e.g. `epochs.info`.
    tmin : float
        Time of the first value, s.
    comment : str
        What it is.

    Returns
    -------
    evoked : mne.EvokedArray
        Of one "average".

    Examples
    --------
    >>> import mne, numpy as np
    >>> info = mne.create_info(["Fz", "Cz"], 100.0, "eeg")
    >>> evoked_of(np.array([1e-6, 2e-6]), info, comment="pattern").data.shape
    (2, 1)
    """
    import mne

    values = np.atleast_2d(np.asarray(data, np.float64).T).T
    return mne.EvokedArray(values, like, tmin, comment, verbose="ERROR")


def counts_of(spikes: "pynapple.TsGroup", bin_width: float) -> tuple[Floats, Floats]:
    """Spike counts in bins of a pynapple `TsGroup`.

    Parameters
    ----------
    spikes : pynapple.TsGroup
        Spike times of units; bins cover its time support.
    bin_width : float
        Width of a bin, s.

    Returns
    -------
    counts : ndarray, shape (n_bins, n_units)
        Spikes.
    times : ndarray, shape (n_bins,)
        Middles of the bins, s.
    """
    found = spikes.count(bin_width)
    return np.asarray(found.values, np.float64), np.asarray(found.t, np.float64)


def tsd_frame_of(
    values: NDArray[np.floating], times: NDArray[np.floating], columns: Sequence[str]
) -> "pynapple.TsdFrame":
    """Pynapple `TsdFrame` of values over time, e.g. probabilities of states.

    Parameters
    ----------
    values : ndarray, shape (n_times, n_columns)
        Values.
    times : ndarray, shape (n_times,)
        Times, s.
    columns : sequence of str
        Names.

    Returns
    -------
    frame : pynapple.TsdFrame
        A column per name.
    """
    import pynapple

    return pynapple.TsdFrame(t=times, d=np.asarray(values), columns=list(columns))


def series_of(image: "nibabel.Nifti1Image", mask: "nibabel.Nifti1Image") -> Floats:
    """Time courses of the voxels of a mask.

    Parameters
    ----------
    image : nibabel image, shape (x, y, z, n_times)
        What nibabel and nilearn call a 4D image.
    mask : nibabel image, shape (x, y, z)
        Voxels that are not zero.

    Returns
    -------
    series : ndarray, shape (n_times, n_voxels)
        Voxels in the order of :func:`numpy.nonzero`, nilearn's.

    Raises
    ------
    ValueError
        If the two have other shapes or places.

    Examples
    --------
    >>> import nibabel, numpy as np
    >>> image = nibabel.Nifti1Image(np.arange(24.0).reshape(2, 2, 2, 3), np.eye(4))
    >>> mask = nibabel.Nifti1Image(np.eye(2)[..., None].repeat(2, 2), np.eye(4))
    >>> series_of(image, mask).shape
    (3, 4)
    """
    if image.ndim != 4 or image.shape[:3] != mask.shape[:3]:
        raise ValueError(
            f"image: must be 4D with the mask's shape {mask.shape}. Got {image.shape}; resample "
            "one to the other, e.g. with nilearn.image.resample_to_img"
        )
    if not np.allclose(image.affine, mask.affine, atol=1e-3):
        raise ValueError("image: its affine is not the mask's; resample one to the other")
    inside = np.asarray(mask.dataobj) != 0
    series: Floats = np.asarray(image.dataobj, np.float64)[inside].T
    return series


def image_of(values: NDArray[np.floating], mask: "nibabel.Nifti1Image") -> "nibabel.Nifti1Image":
    """Image of values of the voxels of a mask, e.g. a map.

    Parameters
    ----------
    values : ndarray, shape (n_voxels,) or (n_images, n_voxels)
        In the order of :func:`series_of`.
    mask : nibabel image, shape (x, y, z)
        Voxels that are not zero.

    Returns
    -------
    image : nibabel.Nifti1Image
        Zero outside the mask; 4D for several rows.

    Examples
    --------
    >>> import nibabel, numpy as np
    >>> mask = nibabel.Nifti1Image(np.ones((2, 2, 2)), np.eye(4))
    >>> image_of(np.arange(8.0), mask).shape
    (2, 2, 2)
    """
    import nibabel

    inside = np.asarray(mask.dataobj) != 0
    found = np.asarray(values, np.float32)
    if found.shape[-1] != inside.sum():
        raise ValueError(
            f"values: the mask has {int(inside.sum())} voxels. Got {found.shape[-1]} values"
        )
    volume = np.zeros(inside.shape + found.shape[:-1], np.float32)
    volume[inside] = found.T
    return nibabel.Nifti1Image(volume, mask.affine)  # type: ignore[no-untyped-call]
