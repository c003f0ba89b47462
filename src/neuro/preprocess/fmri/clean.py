"""From a recording's volumes to clean voxels and maps.

The arrays tell their own story: `params` of the HDF5 file holds every step with its parameters and
what it found, and the versions of the software.
"""

import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from neuro import __version__
from neuro.io import hdf5
from neuro.io.atomic import atomic
from neuro.io.bids import Recording
from neuro.io.hdf5 import Array
from neuro.preprocess.fmri import confounds
from neuro.preprocess.fmri.cleaning import Recipe
from neuro.preprocess.fmri.events import label_volumes
from neuro.preprocess.fmri.matrix import Stream, brain_mask, gather, scan, smoother
from neuro.preprocess.fmri.measures import Measures, clean_voxels
from neuro.preprocess.fmri.reading import Source, open_recording
from neuro.preprocess.fmri.reho import regional_homogeneity
from neuro.preprocess.fmri.volumes import stream, write_image

if TYPE_CHECKING:
    from neuro.config.fmri import FMRIPreprocess
    from neuro.preprocess.fmri.light import Corrected

History = list[dict[str, Any]]
Floats = NDArray[np.float64]

LIBRARIES = ("dipy", "nibabel", "nilearn", "numpy", "scipy")


class Outputs(Protocol):
    """Files of one recording: `voxels` (`.h5`) and `maps`, a folder of NIfTI."""

    voxels: Path
    maps: Path


def run(
    outputs: Outputs,
    *,
    root: str | Path,
    recording: Recording,
    events: Mapping[str, Sequence[str]],
    params: "FMRIPreprocess",
) -> History:
    """Clean a recording.

    Parameters
    ----------
    outputs : Outputs
        Where everything goes.
    root : str | Path
        The BIDS tree.
    recording : Recording
        Which recording of it. One that comes as parcels' time courses has no voxels: its file
        has zero of them.
    events : mapping of str to sequence of str
        Values of `trial_type` by condition.
    params : FMRIPreprocess
        What shall be done.

    Returns
    -------
    history : list of dict
        `method`, `params` and `found` of each step.

    Raises
    ------
    ValueError, FileNotFoundError
        If the recording or its sidecars are bad, or do not fit the parameters; nothing is
        written then.
    """
    source = open_recording(root, recording, params, events)
    folder = Path(outputs.voxels).parent
    folder.mkdir(parents=True, exist_ok=True)
    history: History = [{"method": "read", "params": {}, "found": _facts(source)}]
    with tempfile.TemporaryDirectory(prefix=".fmri.", suffix=".tmp", dir=folder) as scratch:
        light = None
        if source.kind == "raw":
            from neuro.preprocess.fmri.light import apply_light_chain

            light = apply_light_chain(source, params.chain, Path(scratch))
            history += light.history
        arrays, images = timing(source, params, events, light, history)
        if source.volumes is not None:
            images |= _voxels(source, params, light, arrays, history)
    story = {
        "history": history,
        "events": {name: list(values) for name, values in events.items()},
        "versions": {"neuro": __version__, **{name: version(name) for name in LIBRARIES}},
    }
    hdf5.write(outputs.voxels, arrays, story)
    with atomic(outputs.maps) as temporary:
        temporary.mkdir()
        for name, (values, affine) in images.items():
            write_image(temporary / f"{name}.nii.gz", values, affine)
    return history


Images = dict[str, tuple[NDArray[Any], Floats]]


def timing(
    source: Source,
    params: "FMRIPreprocess",
    events: Mapping[str, Sequence[str]],
    light: "Corrected | None",
    history: History,
) -> tuple[dict[str, Array], Images]:
    """What there is to say of each volume: kept or not, condition, motion, regressors."""
    n_times = source.n_times
    motion = None if light is None else light.motion
    table = None
    if source.confounds_path is not None:
        table = confounds.read_table(source.confounds_path, n_times)
        motion = confounds.motion_of(table) if motion is None else motion
    displacement = None
    if light is not None:
        displacement = confounds.framewise_displacement(light.motion)
    elif table is not None:
        displacement = confounds.fd_of(table)
    good = confounds.steady_of(table, n_times, params.discard)
    history.append(_step("discard", {"discard": params.discard}, {"n": int((~good).sum())}))
    arrays: dict[str, Array] = {}
    if displacement is not None:
        arrays["fd"] = Array(displacement, ("time",), "mm")
    if motion is not None:
        unit = {"unit_rotations": "rad", "order": ", ".join(confounds.MOTION)}
        arrays["motion"] = Array(motion, ("time", "parameter"), "mm", unit)
    if params.scrub is not None and displacement is not None:
        good &= confounds.scrubbed(displacement, params.scrub)
        history.append(_scrub(source, params, displacement, good))
    if params.confounds is not None:
        path = source.path
        own = motion if light is not None else None
        chosen = confounds.select(params.confounds, source.confounds_path, path, n_times, own)
        arrays["regressors"] = Array(
            chosen.to_numpy(dtype=float),
            ("time", "regressor"),
            attrs={"names": "\t".join(map(str, chosen.columns))},
        )
        found = {"names": [str(name) for name in chosen.columns]}
        history.append(_step("confounds", params.confounds.model_dump(mode="json"), found))
    arrays["good"] = Array(good, ("time",))
    if events and source.events_path is not None:
        delay = params.condition_delay
        labels, told = label_volumes(source.events_path, events, n_times, source.tr, delay)
        arrays["condition"] = Array(labels, ("time",))
        history.append(_step("events", {"condition_delay": delay}, told))
    attrs = {"tr": source.tr, "sfreq": 1 / source.tr}
    # A recording that comes as parcels has no voxels: none, rather than made-up ones.
    none = np.zeros((n_times, 0), np.float32)
    arrays["voxels"] = Array(none, ("time", "voxel"), "1", attrs)
    history.append(_step("clean", params.clean.model_dump(mode="json"), {}))
    return arrays, {}


def recipe_of(arrays: Mapping[str, Array], params: "FMRIPreprocess", tr: float) -> Recipe:
    """How the time courses of a recording are cleaned."""
    regressors = arrays.get("regressors")
    values = None if regressors is None else np.asarray(regressors.values)
    return Recipe(params.clean, tr, values, np.asarray(arrays["good"].values))


def _voxels(
    source: Source,
    params: "FMRIPreprocess",
    light: "Corrected | None",
    arrays: dict[str, Array],
    history: History,
) -> Images:
    """Clean all voxels of the mask; add their arrays, and return the maps."""
    if source.volumes is None:
        return {}
    affine = source.volumes.affine if light is None else light.affine
    again: Stream = partial(stream, source.path) if light is None else light.stream
    recipe = recipe_of(arrays, params, source.tr)
    recipe.check(source.path)
    seen = scan(again())
    try:
        inside = brain_mask(seen, params.mask, source.mask_path, affine)
    except ValueError as error:
        raise ValueError(f"{source.path}: {error}") from error
    zooms = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    smooth = smoother(params.smoothing, zooms, inside.shape)
    matrix = gather(again(), source.n_times, inside, smooth)
    try:
        told = clean_voxels(matrix, recipe, params.maps)
    except ValueError as error:
        raise ValueError(f"{source.path}: {error}") from error
    if "reho" in params.maps.kinds:
        told.maps["reho"] = regional_homogeneity(matrix, inside, recipe.good)
    unit = {"zscore": "1", "psc": "%", None: "a.u."}[params.clean.standardize]
    attrs = arrays["voxels"].attrs
    arrays["voxels"] = Array(matrix, ("time", "voxel"), unit, attrs)
    arrays.update(_arrays(inside, affine, told))
    found = {
        "from": source.mask_path.name if source.mask_path else params.mask.method,
        "n_voxels": int(inside.sum()),
        "volume_ml": float(inside.sum() * abs(np.linalg.det(affine[:3, :3])) / 1000),
    }
    history.append(_step("mask", params.mask.model_dump(mode="json"), found))
    if params.smoothing is not None:
        history.append(_step("smoothing", {"fwhm": params.smoothing}, {}))
    history.append(_step("maps", params.maps.model_dump(mode="json"), {}))
    images: Images = {"mean": (seen.mean, affine), "mask": (inside.astype(np.uint8), affine)}
    for name, values in {"tsnr": told.tsnr, **told.maps}.items():
        image = np.full(inside.shape, np.nan, np.float32)
        image[inside] = values
        images[name] = (image, affine)
    pictures = {} if light is None else light.pictures
    return images | {name: (values, affine) for name, values in pictures.items()}


def _arrays(inside: NDArray[np.bool_], affine: Floats, told: Measures) -> dict[str, Array]:
    return {
        "ijk": Array(np.argwhere(inside).astype(np.int32), ("voxel", "axis")),
        "affine": Array(affine, ("row", "column"), "mm"),
        "shape": Array(np.array(inside.shape), ("axis",)),
        "scale": Array(told.scale, ("voxel",), "a.u."),
        "baseline": Array(told.baseline, ("voxel",), "a.u."),
        "tsnr": Array(told.tsnr, ("voxel",)),
        "global_signal": Array(told.global_signal, ("time",), "%"),
        "dvars/before": Array(told.dvars["before"], ("time",), "%"),
        "dvars/after": Array(told.dvars["after"], ("time",), "%"),
        "carpet/voxels": Array(told.carpet, ("shown",)),
        "carpet/before": Array(told.carpet_before, ("time", "shown")),
    }


def _scrub(
    source: Source, params: "FMRIPreprocess", displacement: Floats, good: NDArray[np.bool_]
) -> dict[str, Any]:
    assert params.scrub is not None
    lost = 1 - good.mean()
    if lost > params.scrub.max_share:
        raise ValueError(
            f"{source.path}: scrubbing leaves out {100 * lost:.0f}% of the volumes, more than "
            f"preprocess.scrub.max_share ({params.scrub.max_share:g}). Leave the recording out "
            "with `recordings.exclude`, or scrub less"
        )
    found = {"n": int((~good).sum()), "mean_fd_mm": float(displacement.mean())}
    return _step("scrub", params.scrub.model_dump(mode="json"), found)


def _step(method: str, params: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    return {"method": method, "params": params, "found": found}


def _facts(source: Source) -> dict[str, Any]:
    """The recording as its authors stored it."""
    facts: dict[str, Any] = {
        "file": source.path.name,
        "kind": source.kind,
        "tr_s": source.tr,
        "n_times": source.n_times,
        "space": source.space,
        "notes": source.notes,
    }
    if source.volumes is not None:
        facts["shape"] = list(source.volumes.shape)
        facts["zooms_mm"] = [round(float(z), 3) for z in source.volumes.zooms]
    else:
        facts["n_parcels"] = len(source.names)
    return facts
