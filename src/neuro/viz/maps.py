"""Scalp maps."""

from collections.abc import Sequence

import mne
import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from neuro.viz.style import DIVERGING, INK

Sphere = tuple[float, float, float, float]


def head_sphere(info: mne.Info) -> Sphere | None:
    """Sphere that fits the electrodes, so that the map fills the head; None if none can be fit.

    Parameters
    ----------
    info : mne.Info
        With electrode positions.

    Returns
    -------
    sphere : tuple of float | None
        Centre and radius, m, as :func:`mne.viz.plot_topomap` takes it.
    """
    picks = mne.pick_types(info, eeg=True, exclude=[])
    places = np.array([info["chs"][i]["loc"][:3] for i in picks])
    if len(places) < 4 or np.linalg.matrix_rank(places - places.mean(0)) < 3:
        return None
    # |x - c|^2 = r^2 is linear in c and r^2 - |c|^2.
    system = np.c_[2 * places, np.ones(len(places))]
    x, y, z, rest = np.linalg.lstsq(system, (places**2).sum(1), rcond=None)[0]
    return float(x), float(y), float(z), float(np.sqrt(rest + x**2 + y**2 + z**2))


def draw_map(
    axes: Axes,
    values: NDArray[np.float64],
    info: mne.Info,
    roi: Sequence[str],
    limit: float,
    *,
    electrodes: bool = True,
) -> AxesImage:
    """Draw a scalp map with the electrodes of a region marked.

    Parameters
    ----------
    axes : Axes
        Where.
    values : ndarray, shape (n_channels,)
        One value per channel of `info`.
    info : mne.Info
        Channels with positions.
    roi : sequence of str
        Electrodes marked with filled dots.
    limit : float
        The colours run from -limit to limit.
    electrodes : bool
        Mark all electrodes; on a small map they would hide it.

    Returns
    -------
    image : AxesImage
        For the colour bar.
    """
    image: AxesImage
    image, _ = mne.viz.plot_topomap(
        values,
        info,
        axes=axes,
        cmap=DIVERGING,
        vlim=(-limit, limit),
        sphere=head_sphere(info),
        mask=np.isin(info["ch_names"], list(roi)),
        mask_params={
            "marker": "o",
            "markerfacecolor": INK,
            "markeredgecolor": "white",
            "markersize": 6,
        },
        sensors="k." if electrodes else False,
        contours=0,
        res=128,
        show=False,
    )
    return image
