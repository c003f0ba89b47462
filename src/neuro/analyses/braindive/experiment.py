"""A BIDS experiment whose events name images: a GLM with a regressor for each trial.

Events have the columns `onset`, `duration` and `stim_file`; volumes are preprocessed. Betas are of
nilearn's GLM with one regressor per trial (least squares, all at once), standardised within runs
and averaged over the trials of an image.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuro.analyses.braindive.regions import check
from neuro.analyses.braindive.shown import Shown, averaged, standardized
from neuro.io.tables import read_tsv

N_A = "n/a"


def read(
    runs: Sequence[tuple[str | Path, str | Path]],
    mask: str | Path,
    regions: Mapping[str, str | Path],
    tr: float,
    hrf: str = "glover",
) -> Shown:
    """Responses to the images of an experiment.

    Parameters
    ----------
    runs : sequence of (volumes, events)
        NIfTI and TSV of each run.
    mask : str | Path
        Voxels that are used, NIfTI.
    regions : mapping of str to str | Path
        Masks by name, on the same grid.
    tr : float
        Repetition time, s.
    hrf : str
        Haemodynamic response, as nilearn calls it.

    Returns
    -------
    shown : Shown
        Images by their `stim_file`.

    Raises
    ------
    ValueError
        If a mask has no voxel, grids differ, or no event names an image.
    """
    inside = _volume(mask) > 0
    if not inside.any():
        raise ValueError(f"{mask}: the mask has no voxel")
    masks = {}
    for name, path in regions.items():
        volume = _volume(path)
        if volume.shape != inside.shape:
            raise ValueError(
                f"region {name!r}: {path} has a grid of {volume.shape}, the mask {inside.shape}"
            )
        masks[name] = volume[inside] > 0
    check(masks, int(inside.sum()))
    betas, images, sessions = [], [], []
    for number, (volumes, events) in enumerate(runs):
        found, names = _betas(Path(volumes), Path(events), inside, tr, hrf)
        betas.append(found)
        images.append(names)
        sessions.append(np.full(len(names), number))
    every = standardized(np.concatenate(betas), np.concatenate(sessions))
    return Shown(*averaged(every, np.concatenate(images)), masks)


def _betas(
    volumes: Path, events: Path, inside: NDArray[np.bool_], tr: float, hrf: str
) -> tuple[NDArray[np.float64], NDArray[np.str_]]:
    """A beta of each trial, and the image that it showed."""
    from nilearn.glm.first_level import make_first_level_design_matrix, run_glm

    table = read_tsv(events, ("onset", "duration", "stim_file"))
    named = table["stim_file"].notna() & (table["stim_file"].astype(str) != N_A)
    trials = table[named].reset_index(drop=True)
    if trials.empty:
        raise ValueError(f"{events}: no event names an image in the column stim_file")
    data = _volume(volumes)
    if data.shape[:3] != inside.shape:
        raise ValueError(f"{volumes}: a grid of {data.shape[:3]}, the mask {inside.shape}")
    labels = [f"trial{i:05d}" for i in range(len(trials))]
    design = make_first_level_design_matrix(
        np.arange(data.shape[3]) * tr,
        pd.DataFrame(
            {"onset": trials["onset"], "duration": trials["duration"], "trial_type": labels}
        ),
        hrf_model=hrf,
        drift_model="polynomial",
        drift_order=1,
    )
    signals = data[inside].T.astype(np.float64)
    which, results = run_glm(signals, design.to_numpy(), noise_model="ols")
    theta = np.concatenate([results[label].theta for label in np.unique(which)], axis=1)
    columns = [design.columns.get_loc(label) for label in labels]
    names = trials["stim_file"].astype(str).to_numpy(dtype=str)
    return np.asarray(theta[columns], dtype=np.float64), names


def _volume(path: str | Path) -> NDArray[Any]:
    load: Any = nib.load
    return np.asarray(load(path).dataobj)
