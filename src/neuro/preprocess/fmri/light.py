"""The light chain for raw volumes: slice timing, realignment, T1w and MNI152, one interpolation.

It corrects neither the distortions of the field nor its changes with motion, and takes no skull
off; fMRIPrep does.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neuro.preprocess.fmri import register
from neuro.preprocess.fmri.checks import slice_times
from neuro.preprocess.fmri.confounds import framewise_displacement
from neuro.preprocess.fmri.realign import Reference, realign
from neuro.preprocess.fmri.slice_timing import correct_slices
from neuro.preprocess.fmri.volumes import load, nifti, stream

if TYPE_CHECKING:
    from neuro.config.fmri import FMRIStep
    from neuro.preprocess.fmri.reading import Source

Floats = NDArray[np.float64]

LEAST_SIMILARITY = 0.4
"""Correlation of the head with the template, within the brain, below which registration failed."""
DOUBTFUL_SIMILARITY = 0.6


@dataclass
class Corrected:
    """A run on disk, volume by volume, after the light chain.

    Parameters
    ----------
    path : Path
        Numbers of all volumes, float32.
    shape : tuple of int
        Of a volume.
    n_times : int
        Volumes.
    affine : ndarray, shape (4, 4)
        Of the grid.
    motion : ndarray, shape (n_times, 6)
        Translations, mm, rotations, radians.
    pictures : dict of str to ndarray
        Images on the grid that registration is judged by: `t1w`, `template`.
    history : list of dict
        `method`, `params` and `found` of each step.
    space : str
        `MNI` after `normalize`, else ''.
    """

    path: Path
    shape: tuple[int, int, int]
    n_times: int
    affine: Floats
    motion: Floats
    pictures: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    space: str = ""

    def stream(self) -> Iterator[NDArray[np.float32]]:
        """Yield one volume after the other."""
        size = int(np.prod(self.shape))
        with self.path.open("rb") as file:
            for _ in range(self.n_times):
                yield np.fromfile(file, np.float32, size).reshape(self.shape)


@dataclass
class _Way:
    """From the grid of the result to the reference of the realignment."""

    shape: tuple[int, int, int]
    affine: Floats
    matrix: Floats
    points: Floats | None = None


def apply_light_chain(source: "Source", chain: "list[FMRIStep]", scratch: Path) -> Corrected:
    """Carry out the light chain.

    Parameters
    ----------
    source : Source
        The raw recording.
    chain : list of FMRIStep
        Steps in order.
    scratch : Path
        A folder for the volumes on their way; about twice the run as 32-bit floats.

    Raises
    ------
    ValueError
        If a step cannot work, or registration to the template has failed.
    """
    if source.volumes is None:
        raise ValueError(f"{source.path}: has no volumes")
    steps = {step.method: step.params for step in chain}
    affine, shape, n_times = source.volumes.affine, source.volumes.shape, source.n_times
    run = Corrected(scratch / "run.dat", shape, n_times, affine, np.zeros((n_times, 6)))
    _copy(source.path, run.path)
    # Motion is found before slices are moved in time: that would smear every jerk of the head.
    matrices, reference, entry = _realign(run, steps["realign"])
    if "slice_timing" in steps:
        run.history.append(_slice_timing(source, steps["slice_timing"], run))
    run.history.append(entry)
    way = _Way(shape, affine, np.eye(4))
    if "coregister" in steps:
        way = _coregister(source, steps["coregister"], reference, run)
    if "normalize" in steps:
        way = _normalize(source, steps["normalize"], way, run)
    _draw(run, matrices, way, scratch / "drawn.dat")
    return run


def _copy(path: Path, target: Path) -> None:
    with target.open("wb") as file:
        for volume in stream(path):
            volume.astype(np.float32).tofile(file)


def _entry(method: str, params: Any, found: dict[str, Any]) -> dict[str, Any]:
    return {"method": method, "params": params.model_dump(mode="json"), "found": found}


def _slice_timing(source: "Source", params: Any, run: Corrected) -> dict[str, Any]:
    axis, seconds = slice_times(source.told, source.volumes, source.tr, source.path)
    on_disk = np.memmap(run.path, np.float32, "r+", shape=(run.n_times, *run.shape))
    found = correct_slices(on_disk, axis, seconds, source.tr, params.reference)
    on_disk.flush()
    return _entry("slice_timing", params, found)


def _realign(run: Corrected, params: Any) -> tuple[list[Floats], Any, dict[str, Any]]:
    """Motion of each volume, and the mean of the realigned ones."""
    first = next(run.stream())
    reference = Reference.of(first, run.affine, params.fwhm)
    matrices, motion = realign(run.stream(), reference)
    mean = _mean(run, matrices)
    if params.reference == "mean":
        reference = Reference.of(mean, run.affine, params.fwhm)
        matrices, motion = realign(run.stream(), reference, matrices)
        mean = _mean(run, matrices)
    run.motion = motion
    displacement = framewise_displacement(motion)
    found = {
        "mean_fd_mm": float(displacement.mean()),
        "largest_fd_mm": float(displacement.max()),
        "largest_translation_mm": float(np.abs(motion[:, :3]).max()),
        "largest_rotation_deg": float(np.rad2deg(np.abs(motion[:, 3:]).max())),
    }
    return matrices, nifti(mean, run.affine), _entry("realign", params, found)


def _mean(run: Corrected, matrices: list[Floats]) -> NDArray[np.float32]:
    way = _Way(run.shape, run.affine, np.eye(4))
    total = np.zeros(run.shape)
    for volume, matrix in zip(run.stream(), matrices, strict=True):
        total += _sample(volume, run.affine, matrix, way)
    return (total / run.n_times).astype(np.float32)


def _coregister(source: "Source", params: Any, mean: Any, run: Corrected) -> _Way:
    t1 = load(str(source.t1_path))
    stages = ("translation", "rigid") + (("affine",) if params.dof == "affine" else ())
    static = register.at_resolution(t1, register.WORKING_RESOLUTION)
    matrix = register.affine_between(static, mean, stages)
    # Volumes keep their grid; it is the grid that moves to the head.
    grid = np.linalg.inv(matrix) @ run.affine
    run.pictures["t1w"] = register.resample(static, np.eye(4), run.shape, grid).astype(np.float32)
    found = {"t1w": Path(str(source.t1_path)).name, "matrix": matrix.tolist()}
    run.history.append(_entry("coregister", params, found))
    return _Way(run.shape, grid, matrix)


def _normalize(source: "Source", params: Any, way: _Way, run: Corrected) -> _Way:
    t1 = load(str(source.t1_path))
    matrix = register.to_template(t1)
    target, brain = register.template(params.resolution)
    shape, affine = target.shape, np.asarray(target.affine, dtype=float)
    points = register.warp_to_template(t1, matrix, shape, affine) if params.syn else None
    head = register.resample_at(
        register.at_resolution(t1, params.resolution), matrix, shape, affine, points
    )
    likeness = register.similarity(head, np.asarray(target.dataobj, dtype=float), brain)
    if likeness < LEAST_SIMILARITY:
        raise ValueError(
            f"{source.t1_path}: registration to MNI152 failed: within the brain the image and the "
            f"template correlate by {likeness:.2f}, where at least {LEAST_SIMILARITY:g} is "
            "expected. Check the image's orientation, or run fMRIPrep"
        )
    run.pictures["t1w"] = head.astype(np.float32)
    run.pictures["template"] = np.asarray(target.dataobj, dtype=np.float32)
    found = {"matrix": matrix.tolist(), "correlation_with_template": likeness}
    run.history.append(_entry("normalize", params, found))
    run.space = "MNI"
    return _Way(shape, affine, way.matrix @ matrix, points)


def _draw(run: Corrected, matrices: list[Floats], way: _Way, target: Path) -> None:
    """Draw every volume on the grid of the result: the one interpolation of its values."""
    source_affine = run.affine
    with target.open("wb") as file:
        for volume, matrix in zip(run.stream(), matrices, strict=True):
            _sample(volume, source_affine, matrix, way).tofile(file)
    run.path.unlink()
    run.path, run.shape, run.affine = target, way.shape, way.affine


def _sample(
    volume: NDArray[np.float32], affine: Floats, matrix: Floats, way: _Way
) -> NDArray[np.float32]:
    image = nifti(volume, affine)
    whole = matrix @ way.matrix
    drawn = register.resample_at(image, whole, way.shape, way.affine, way.points, order=3)
    return drawn.astype(np.float32)
