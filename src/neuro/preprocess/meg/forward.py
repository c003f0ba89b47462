"""Fields of dipoles on a volume grid inside a single shell (Hämäläinen & Sarvas, 1989)."""

import mne
import numpy as np
from numpy.typing import NDArray

from neuro.preprocess.meg.coregistration import Fitted
from neuro.preprocess.meg.head import Head
from neuro.preprocess.meg.parcellation import Parcels

Floats = NDArray[np.float64]
CONDUCTIVITY = 0.3
"""Of the brain, S/m; a single shell's fields outside do not depend on it."""


def make_forward(
    info: mne.Info, head: Head, fitted: Fitted, parcels: Parcels
) -> tuple[mne.Forward, Parcels]:
    """Compute the fields of three orthogonal dipoles at each grid point.

    Parameters
    ----------
    info : mne.Info
        The sensors.
    head : Head
        The head.
    fitted : Fitted
        Where it is, and how large.
    parcels : Parcels
        The grid.

    Returns
    -------
    forward : mne.Forward
        For the MEG channels.
    inside : Parcels
        The parcels on the grid points inside of the skull, in the order of the forward's sources.
    """
    shell = mne.surface.complete_surface_info(
        {
            "id": 1,
            "sigma": np.float32(CONDUCTIVITY),
            "np": len(head.skull),
            "ntri": len(head.triangles),
            "coord_frame": mne.io.constants.FIFF.FIFFV_COORD_MRI,
            "rr": head.skull * fitted.scale,
            "tris": head.triangles,
        },
        copy=False,
        verbose="ERROR",
    )
    model = mne.make_bem_solution([shell], verbose="ERROR")
    points = head.from_mni(parcels.points) * fitted.scale
    upward = np.tile([0.0, 0.0, 1.0], (len(points), 1))
    grid = mne.setup_volume_source_space(
        pos={"rr": points, "nn": upward}, bem=model, mindist=0.0, verbose="ERROR"
    )
    forward = mne.make_forward_solution(
        info, fitted.trans, grid, model, meg=True, eeg=False, mindist=0.0, verbose="ERROR"
    )
    return forward, parcels.only(np.asarray(forward["src"][0]["vertno"]))
