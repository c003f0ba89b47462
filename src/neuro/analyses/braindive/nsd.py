"""The Natural Scenes Dataset's layout: betas, what was shown, regions, noise ceiling, stimuli.

A folder with the published tree: `nsddata_betas/ppdata/<subject>/func1pt8mm/<betas>/`
(`betas_session*.hdf5`, `ncsnr.nii.gz`), `nsddata/experiments/nsd/nsd_expdesign.mat`,
`nsddata/ppdata/<subject>/func1pt8mm/roi/*.nii.gz`, `nsddata_stimuli/stimuli/nsd/nsd_stimuli.hdf5`.

References
----------
Allen, E. J. et al. (2022). A massive 7T fMRI dataset to bridge cognitive neuroscience and
artificial intelligence. Nature Neuroscience, 25, 116-126.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from neuro.analyses.braindive.images import Floats as Pixels
from neuro.analyses.braindive.regions import check
from neuro.analyses.braindive.shown import Shown, averaged, standardized
from neuro.io import matlab
from neuro.io.foreign import open_hdf5

Bools = NDArray[np.bool_]

BETAS = "betas_fithrf_GLMdenoise_RR"
SCALE = 300.0
"""Betas are stored as integers, 300 times percent signal change."""
REGIONS: dict[str, tuple[str, tuple[int, ...]]] = {
    "faces": ("floc-faces", ()),
    "places": ("floc-places", ()),
    "bodies": ("floc-bodies", ()),
    "words": ("floc-words", ()),
    "OFA": ("floc-faces", (1,)),
    "FFA": ("floc-faces", (2, 3)),
    "OPA": ("floc-places", (1,)),
    "PPA": ("floc-places", (2,)),
    "RSC": ("floc-places", (3,)),
}
"""Files and labels of regions; no labels: all that are positive."""


def read(
    root: str | Path,
    subject: int,
    regions: Mapping[str, tuple[str, tuple[int, ...]]] | None = None,
    betas: str = BETAS,
) -> Shown:
    """Responses of the voxels that are in any region, standardised by session, averaged.

    Parameters
    ----------
    root : str | Path
        Folder of the dataset.
    subject : int
        1 to 8.
    regions : mapping, optional
        File (without ending) and labels by name; :data:`REGIONS` where not given.
    betas : str
        Version of the betas.

    Returns
    -------
    shown : Shown
        Images are numbered as in the stimulus file, from 0.

    Raises
    ------
    FileNotFoundError
        If a file is missing.
    ValueError
        If files do not fit each other, or a region has no voxel.
    """
    root = Path(root)
    name = f"subj{subject:02d}"
    space = root / "nsddata" / "ppdata" / name / "func1pt8mm"
    volumes = {
        region: _mask(space / "roi" / f"{file}.nii.gz", labels)
        for region, (file, labels) in (REGIONS if regions is None else regions).items()
    }
    union = np.any(list(volumes.values()), axis=0)
    masks = {region: volume[union] for region, volume in volumes.items()}
    check(masks, int(union.sum()))
    folder = root / "nsddata_betas" / "ppdata" / name / "func1pt8mm" / betas
    parts = [_session(path, union) for path in sorted(folder.glob("betas_session*.hdf5"))]
    if not parts:
        raise FileNotFoundError(f"{folder}: no betas_session*.hdf5")
    sessions = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    order = _order(root / "nsddata/experiments/nsd/nsd_expdesign.mat", subject)
    if len(sessions) > len(order):
        raise ValueError(
            f"{folder}: betas of {len(sessions)} trials, but the design has {len(order)}"
        )
    found = averaged(standardized(np.concatenate(parts), sessions), order[: len(sessions)])
    ncsnr = _volume(folder / "ncsnr.nii.gz")[union].astype(np.float64)
    return Shown(*found, masks, ncsnr)


def stimuli(root: str | Path, images: NDArray[np.generic], size: int = 224) -> Pixels:
    """Images as shown, made smaller.

    Parameters
    ----------
    root : str | Path
        Folder of the dataset.
    images : ndarray of int, shape (n_images,)
        Numbers in the stimulus file, from 0, increasing.
    size : int
        Height and width, pixels.

    Returns
    -------
    pixels : ndarray, shape (n_images, 3, size, size)
        Between 0 and 1.
    """
    import torch
    from torch.nn import functional

    path = Path(root) / "nsddata_stimuli/stimuli/nsd/nsd_stimuli.hdf5"
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    parts = []
    with open_hdf5(path) as file:
        for index in images:
            image = torch.as_tensor(file["imgBrick"][int(index)]).movedim(2, 0)[None] / 255
            parts.append(functional.interpolate(image, (size, size), mode="bilinear"))
    return np.asarray(torch.cat(parts).numpy(), dtype=np.float32)


def _order(path: Path, subject: int) -> NDArray[np.intp]:
    """Number of the image in each trial, from 0."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    design = matlab.load(path, ["subjectim", "masterordering"])
    own = np.asarray(design["subjectim"])[subject - 1]
    # Both tables count from 1.
    return np.asarray(own[np.asarray(design["masterordering"]).ravel() - 1] - 1, dtype=np.intp)


def _session(path: Path, union: Bools) -> NDArray[np.float64]:
    """Betas of a session, shape (n_trials, n_voxels), percent signal change."""
    with open_hdf5(path) as file:
        stored = file["betas"]  # trial, then z, y, x
        grid = tuple(stored.shape[1:])[::-1]
        if grid != union.shape:
            raise ValueError(f"{path}: betas on a grid of {grid}, but regions are on {union.shape}")
        trials = np.stack([np.transpose(np.asarray(trial))[union] for trial in stored])
    return np.asarray(trials, dtype=np.float64) / SCALE


def _mask(path: Path, labels: tuple[int, ...]) -> Bools:
    values = _volume(path)
    return np.isin(values, labels) if labels else values > 0


def _volume(path: Path) -> NDArray[Any]:
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    load: Any = nib.load
    return np.asarray(load(path).dataobj)
