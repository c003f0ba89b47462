"""Fit of a head to the digitized head shape (iterative closest points, as MNE has it)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import mne
import numpy as np
from mne.coreg import Coregistration
from mne.io.constants import FIFF
from numpy.typing import NDArray

from neuro.preprocess.meg.head import Head
from neuro.preprocess.meg.maxwell import has_head_position

if TYPE_CHECKING:
    from neuro.config.meg_source import Coregistration as Params

Floats = NDArray[np.float64]
ENOUGH_SHAPE = 20
"""With fewer points beside the fiducials, the shape of the head is not known."""
COARSE_ITERATIONS = 20


@dataclass(frozen=True)
class Fitted:
    """A head in its place.

    Parameters
    ----------
    trans : mne.Transform
        From head to MRI coordinates of the scaled head.
    scale : ndarray, shape (3,)
        Factors along the axes of the MRI.
    scalp, shape : ndarray, shape (n, 3)
        Scalp of the fitted head and digitized points, head coordinates, m.
    distances : ndarray, shape (n_points,)
        Of the points from the scalp, m.
    n_omitted : int
        Points left out.
    fiducials_only : bool
        Whether there was no head shape.
    """

    trans: mne.Transform
    scale: Floats
    scalp: Floats
    shape: Floats
    distances: Floats
    n_omitted: int
    fiducials_only: bool


def check_digitization(info: mne.Info, where: str) -> None:
    """Raise if it is not known where the head was.

    Raises
    ------
    ValueError
        If the position of the head in the helmet, or a fiducial, is missing.
    """
    if not has_head_position(info):
        raise ValueError(
            f"{where}: no head position: `dev_head_t` is missing or the identity, so nothing can "
            "be said of sources. Give a file whose head coils were measured, or leave the "
            "recording out with `recordings.exclude`"
        )
    there = {
        int(point["ident"])
        for point in info["dig"] or []
        if point["kind"] == FIFF.FIFFV_POINT_CARDINAL
    }
    names = {
        FIFF.FIFFV_POINT_LPA: "left ear",
        FIFF.FIFFV_POINT_NASION: "nasion",
        FIFF.FIFFV_POINT_RPA: "right ear",
    }
    if lacking := [name for ident, name in names.items() if int(ident) not in there]:
        raise ValueError(
            f"{where}: no digitized {', '.join(lacking)}: the head cannot be fitted, so nothing "
            "can be said of sources. Add the fiducials to the file (`raw.set_montage`), or leave "
            "the recording out with `recordings.exclude`"
        )


def fit_head(info: mne.Info, head: Head, params: "Params", where: str) -> Fitted:
    """Move, turn and scale a head until it fits the digitized points.

    Parameters
    ----------
    info : mne.Info
        With digitization.
    head : Head
        The head; only a template is scaled.
    params : Coregistration
        How.
    where : str
        The file, for messages.

    Returns
    -------
    fitted : Fitted
        The head in its place.

    Raises
    ------
    ValueError
        If digitization is missing, or the head fits badly.
    """
    check_digitization(info, where)
    fit = Coregistration(info, head.subject, head.subjects_dir, on_defects="ignore")
    scale = params.scale if head.is_template else "none"
    fit.set_scale_mode(None if scale == "none" else scale)
    fit.fit_fiducials(nasion_weight=params.nasion_weight)
    n_points = len(fit.compute_dig_mri_distances())
    alone = n_points < ENOUGH_SHAPE
    if not alone:
        fit.fit_icp(COARSE_ITERATIONS, nasion_weight=params.nasion_weight)
        fit.omit_head_shape_points(params.omit / 1e3)
        fit.fit_icp(params.n_iterations, nasion_weight=params.nasion_weight)
    distances = np.asarray(fit.compute_dig_mri_distances(), dtype=float)
    middle = float(np.median(distances)) * 1e3 if len(distances) else 0.0
    if middle > params.max_distance:
        raise ValueError(
            f"{where}: the head does not fit: the median distance of {len(distances)} digitized "
            f"points from the scalp is {middle:.1f} mm, more than "
            f"preprocess.source.coregistration.max_distance ({params.max_distance:g} mm). Look at "
            "the digitization (units, wrong fiducials), or raise the limit"
        )
    scales = np.asarray(fit.scale, dtype=float)
    return Fitted(
        trans=fit.trans,
        scale=scales,
        scalp=_scalp(fit, head, scales),
        shape=np.array([point["r"] for point in info["dig"]], dtype=float),
        distances=distances,
        n_omitted=n_points - len(distances),
        fiducials_only=alone,
    )


def _scalp(fit: Coregistration, head: Head, scale: Floats) -> Floats:
    path = head.subjects_dir / head.subject / "bem" / f"{head.subject}-head.fif"
    (surface,) = mne.read_bem_surfaces(path)
    back = np.linalg.inv(fit.trans["trans"])
    points: Floats = (surface["rr"] * scale) @ back[:3, :3].T + back[:3, 3]
    return points
