"""Reference, and the reference-free current source density."""

from typing import TYPE_CHECKING

import mne
import numpy as np

from neuro.preprocess.names import listed
from neuro.preprocess.steps.common import Found, eeg_names

if TYPE_CHECKING:
    from neuro.config.steps import CSD, Reference

MASTOIDS = (("M1", "M2"), ("TP9", "TP10"))
"""Pairs of electrodes over the mastoids, in order of preference."""
GRID = 15.0
"""Spacing of REST's dipoles, mm."""
LEAST_FOR_CSD = 4


def reference(raw: mne.io.BaseRaw, params: "Reference", rng: np.random.Generator) -> Found:
    """Subtract the mean of the reference electrodes; bad ones do not enter an average.

    Raises
    ------
    ValueError
        If a named reference electrode is bad, or there are no mastoid electrodes.
    """
    if params.channels == "REST":
        raw.set_eeg_reference("REST", forward=_sphere(raw), projection=False)
        return {"n_channels": len(eeg_names(raw))}
    if params.channels == "average":
        raw.set_eeg_reference("average", projection=False)
        return {"n_channels": len(eeg_names(raw))}
    names = reference_names(params, eeg_names(raw, exclude=[]))
    if bad := sorted({*names} & {*raw.info["bads"]}):
        raise ValueError(
            f"reference channel(s) {listed(bad)} are bad in this recording. Interpolate before, "
            "take another reference, or leave the recording out with `recordings.exclude`"
        )
    raw.set_eeg_reference(names, projection=False)
    return {"n_channels": len(names), "channels": names}


def reference_names(params: "Reference", there: list[str]) -> list[str]:
    """Names of the reference electrodes.

    Raises
    ------
    ValueError
        If mastoids are asked for and there are none.
    """
    if params.channels != "mastoids":
        return list(params.channels)
    for pair in MASTOIDS:
        if set(pair) <= set(there):
            return list(pair)
    pairs = " nor ".join(" and ".join(pair) for pair in MASTOIDS)
    raise ValueError(
        f"the recording has neither {pairs}. Name the reference electrodes instead. It has: "
        f"{listed(there)}"
    )


def csd(raw: mne.io.BaseRaw, params: "CSD", rng: np.random.Generator) -> Found:
    """Turn potentials into current source density, V/m² (Perrin et al., 1989).

    Channels change their type from `eeg` to `csd`.

    Raises
    ------
    ValueError
        If a channel is still bad.
    """
    if bads := [name for name in raw.info["bads"] if name in eeg_names(raw, exclude=[])]:
        raise ValueError(
            f"channel(s) {listed(bads)} are bad and would spoil their neighbors; put an "
            "`interpolate` step before"
        )
    mne.preprocessing.compute_current_source_density(
        raw, lambda2=params.lambda2, stiffness=params.stiffness, copy=False
    )
    return {}


def _sphere(raw: mne.io.BaseRaw) -> mne.Forward:
    """Leadfield of dipoles throughout a spherical head, for all EEG channels."""
    info = mne.pick_info(raw.info, mne.pick_types(raw.info, eeg=True, exclude=[]))
    sphere = mne.make_sphere_model("auto", "auto", info)
    source = mne.setup_volume_source_space(sphere=sphere, pos=GRID, exclude=30.0)
    return mne.make_forward_solution(info, None, source, sphere, meg=False, eeg=True)
