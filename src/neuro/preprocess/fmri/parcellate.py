"""From clean voxels (or parcels) to parcels, connectivity, figures and a recording's manifest."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from neuro.io import hdf5, manifest
from neuro.io.bids import Recording
from neuro.io.hdf5 import Array
from neuro.preprocess.fmri.connectivity import connectivity, structure_function
from neuro.preprocess.fmri.findings import Found, key_numbers, warnings_of
from neuro.preprocess.fmri.parcels import Series, from_table, from_voxels
from neuro.preprocess.fmri.pictures import draw
from neuro.preprocess.fmri.structural import Structure, read_structure
from neuro.preprocess.fmri.texts import citations, paragraphs

if TYPE_CHECKING:
    from neuro.config.fmri import FMRIPreprocess

Floats = NDArray[np.float64]


class Outputs(Protocol):
    """Files of one recording: `parcels` (`.h5`), `figures` (a folder), `manifest` (`.json`)."""

    parcels: Path
    figures: Path
    manifest: Path


def run(
    voxels_path: str | Path,
    maps_path: str | Path,
    outputs: Outputs,
    *,
    dataset: str,
    root: str | Path,
    recording: Recording,
    params: "FMRIPreprocess",
) -> Series:
    """Average over parcels, estimate connectivity, draw, and tell.

    Parameters
    ----------
    voxels_path, maps_path : str | Path
        What :func:`neuro.preprocess.fmri.clean.run` wrote.
    outputs : Outputs
        Where everything goes; the figures' folder lies beside the manifest.
    dataset : str
        The dataset's name.
    root : str | Path
        The BIDS tree.
    recording : Recording
        Which recording of it.
    params : FMRIPreprocess
        What shall be done.

    Returns
    -------
    series : Series
        The parcels.

    Raises
    ------
    ValueError, FileNotFoundError
        If the atlas or a table does not fit.
    """
    root = Path(root)
    arrays, story = hdf5.read(voxels_path), hdf5.read_params(voxels_path)
    history = story["history"]
    read = history[0]["found"]
    tr, where = float(read["tr_s"]), str(root / recording.path)
    if read["kind"] == "timeseries":
        series = from_table(root / recording.path, arrays, params, tr)
    else:
        is_normalized = any(entry["method"] == "normalize" for entry in history)
        space = "MNI" if is_normalized else read["space"]
        series = from_voxels(arrays, params, space, where)
    structure = read_structure(root, recording, series.names) if series.names else Structure()
    try:
        matrices = matrices_of(series, arrays, params)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
    found = Found(arrays, history, series, matrices, structure, params)
    if "counts" in structure.connectomes and "correlation" in matrices:
        found.coupling = structure_function(
            structure.connectomes["counts"], matrices["correlation"]
        )
    written = _arrays(found, tr)
    hdf5.write(outputs.parcels, written, {**story, "parcels": _told(params, series)})
    figures = draw(found, Path(maps_path), outputs)
    about = manifest.Manifest(
        word="preprocess",
        dataset=dataset,
        recording=recording.name,
        title=f"Clean time courses of {recording.name}",
        question="Is the recording clean, and how are its regions connected?",
        key_numbers=key_numbers(found),
        figures=figures,
        methods=paragraphs(found),
        citations=citations(found),
        warnings=warnings_of(found),
        params=params.model_dump(mode="json"),
    )
    manifest.write(outputs.manifest, about)
    return series


def matrices_of(
    series: Series, arrays: Mapping[str, Array], params: "FMRIPreprocess"
) -> dict[str, Floats]:
    """Connectivity of one recording, by kind; NaN where a parcel is missing."""
    present = series.present
    if present.sum() < 2:
        return {}
    good = np.asarray(arrays["good"].values)
    there = series.values[np.ix_(good, present)]
    matrices: dict[str, Floats] = {}
    for kind in params.connectivity.kinds:
        if kind == "tangent":  # of the whole dataset
            continue
        values, _ = connectivity([there], kind, params.connectivity.estimator)
        whole = np.full((present.size, present.size), np.nan)
        whole[np.ix_(present, present)] = values[0]
        matrices[kind] = whole
    return matrices


def _arrays(found: "Found", tr: float) -> dict[str, Array]:
    series = found.series
    attrs = {"tr": tr, "sfreq": 1 / tr}
    unit = {"zscore": "1", "psc": "%", None: "a.u."}[found.params.clean.standardize]
    arrays = {
        "timeseries": Array(series.values.astype(np.float32), ("time", "parcel"), unit, attrs),
        "names": Array(np.array(series.names, dtype=object).astype(str), ("parcel",)),
        "centroids": Array(series.centroids, ("parcel", "xyz"), "mm"),
        "share": Array(series.share, ("parcel",)),
    }
    for name in ("good", "condition", "fd"):
        if name in found.arrays:
            arrays[name] = found.arrays[name]
    square = ("parcel", "parcel")
    for kind, matrix in found.matrices.items():
        arrays[f"connectivity/{kind}"] = Array(matrix, square)
    for kind, matrix in found.structure.connectomes.items():
        arrays[f"sc/{kind}"] = Array(matrix, square, "mm" if kind == "lengths" else "1")
    for measure, values in found.structure.regions.items():
        arrays[f"regions/{measure}"] = Array(values, ("parcel",))
    return arrays


def _told(params: "FMRIPreprocess", series: Series) -> dict[str, Any]:
    chosen = None if params.parcels is None else params.parcels.model_dump(mode="json")
    return {
        "atlas": series.where,
        "parcels": chosen,
        "connectivity": params.connectivity.model_dump(mode="json"),
    }
