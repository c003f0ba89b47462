"""What can be known to fail before any voxel is read."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neuro.preprocess.fmri.confounds import fd_of, read_table, select
from neuro.preprocess.fmri.events import label_volumes
from neuro.preprocess.fmri.volumes import Volumes, load

if TYPE_CHECKING:
    from neuro.config.fmri import FMRIPreprocess
    from neuro.preprocess.fmri.reading import Source

SHORTEST = 10
"""Fewest volumes that anything can be estimated from."""
CLOSE = 1e-3
"""Largest difference between affines of the same grid, mm."""


def check_source(
    source: "Source", params: "FMRIPreprocess", events: Mapping[str, Sequence[str]]
) -> None:
    """Hold a recording against the configuration.

    Raises
    ------
    ValueError, FileNotFoundError
        At the first thing that cannot work.
    """
    where = source.path
    if source.n_times - params.discard < SHORTEST:
        raise ValueError(
            f"{where}: {source.n_times} volumes with preprocess.discard = {params.discard} leave "
            f"fewer than {SHORTEST}"
        )
    _frequencies(source, params)
    if source.volumes is not None and source.mask_path is not None and not params.chain:
        check_mask(source.mask_path, source.volumes)
    _confounds(source, params)
    if events:
        if source.events_path is None:
            raise FileNotFoundError(
                f"{where}: `events` names conditions, but no _events.tsv holds for the recording. "
                "Add it, or take `events` out"
            )
        label_volumes(source.events_path, events, source.n_times, source.tr, 0.0)
    if any(step.slice_timing is not None for step in params.chain):
        slice_times(source.told, source.volumes, source.tr, where)


def check_mask(path: Path, volumes: Volumes) -> None:
    """Check that a mask has the grid of the volumes.

    Raises
    ------
    ValueError
        If shape or affine differ.
    """
    image = load(path)
    shape = tuple(image.shape[:3])
    affine = np.asarray(image.affine, dtype=float)
    extra = int(np.prod(image.shape[3:]))
    if shape != volumes.shape or extra != 1 or not np.allclose(affine, volumes.affine, atol=CLOSE):
        raise ValueError(
            f"{path}: the mask has another grid than {volumes.path.name}: shape "
            f"{tuple(image.shape)} and affine {_told(affine)}, where the volumes have "
            f"{volumes.shape} and {_told(volumes.affine)}. Take the mask of this recording and "
            "space, or resample it to the volumes' grid"
        )


def slice_times(
    told: Mapping[str, Any], volumes: Volumes | None, tr: float, where: Path
) -> tuple[int, np.ndarray[Any, np.dtype[np.float64]]]:
    """Axis of the slices, and the acquisition time of each, s.

    Raises
    ------
    ValueError
        If the sidecar does not tell them, or they do not fit.
    """
    key = f"{where}: preprocess.chain's slice_timing"
    times, direction = told.get("SliceTiming"), str(told.get("SliceEncodingDirection", "k"))
    if not isinstance(times, list) or volumes is None:
        raise ValueError(
            f"{key}: SliceTiming is missing in the recording's sidecar. Add it, or take the step "
            "out of the chain"
        )
    if direction.rstrip("-") not in ("i", "j", "k"):
        raise ValueError(f"{key}: SliceEncodingDirection {direction!r}; allowed: i, j, k, with '-'")
    axis = "ijk".index(direction[0])
    seconds = np.array(times, dtype=float)
    if seconds.size != volumes.shape[axis]:
        raise ValueError(
            f"{key}: SliceTiming has {seconds.size} entries, but the volumes have "
            f"{volumes.shape[axis]} slices along {direction[0]}"
        )
    if not np.isfinite(seconds).all() or seconds.min() < 0 or seconds.max() >= tr:
        raise ValueError(
            f"{key}: SliceTiming must lie from 0 s to below the repetition time ({tr:g} s), found "
            f"{seconds.min():g} to {seconds.max():g}"
        )
    return axis, seconds[::-1] if direction.endswith("-") else seconds


def check_space(wanted: str, space: str, where: str) -> None:
    """Check that a recording is in the atlas's space.

    Raises
    ------
    ValueError
        If the atlas is in MNI space and the recording is not known to be.
    """
    if wanted == "MNI" and not space.startswith("MNI"):
        told = f"in space-{space}" if space else "of no named space"
        raise ValueError(
            f"{where}: preprocess.parcels.space is MNI, but the recording is {told}: parcels would "
            "lie over the wrong voxels. Take the recording's space-MNI... derivative, put "
            "`normalize` into the chain, or say preprocess.parcels.space: same where the atlas is "
            "drawn in the recording's own space"
        )


def _frequencies(source: "Source", params: "FMRIPreprocess") -> None:
    nyquist = 0.5 / source.tr
    asked = {
        "clean.high_pass": params.clean.high_pass,
        "clean.low_pass": params.clean.low_pass,
    }
    if source.volumes is not None and {"alff", "falff"} & set(params.maps.kinds):
        asked["maps.band"] = params.maps.band[1]
    for key, value in asked.items():
        if value is not None and value >= nyquist:
            raise ValueError(
                f"{source.path}: preprocess.{key}: {value:g} Hz is not below the Nyquist frequency "
                f"{nyquist:g} Hz (repetition time {source.tr:g} s)"
            )


def _confounds(source: "Source", params: "FMRIPreprocess") -> None:
    """The table has the recording's length, and what is asked for."""
    table = None
    if source.confounds_path is not None:
        table = read_table(source.confounds_path, source.n_times)
    realigned = source.kind == "raw"
    if params.confounds is not None:
        own_motion = np.zeros((source.n_times, 6)) if realigned else None
        select(params.confounds, source.confounds_path, source.path, source.n_times, own_motion)
    if params.scrub is not None and not realigned and (table is None or fd_of(table) is None):
        raise ValueError(
            f"{source.path}: preprocess.scrub needs framewise displacement, but no confounds table "
            "beside the recording has `framewise_displacement` or the six columns of head motion. "
            "Add the table, or set preprocess.scrub to null"
        )


def _told(affine: Any) -> str:
    return str(np.round(affine[:3], 3).tolist())
