"""All recordings of an fMRI dataset together: quality, mean connectivity, tangent, manifest."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuro.io import hdf5, manifest
from neuro.io.atomic import atomic, read_json
from neuro.io.derivatives import write_description
from neuro.io.hdf5 import Array
from neuro.io.manifest import Citation, Figure, KeyNumber, Manifest
from neuro.io.tables import write_tsv
from neuro.preprocess.fmri.connectivity import connectivity
from neuro.preprocess.fmri.texts import TANGENT
from neuro.stats.intervals import mean_band
from neuro.viz.fmri_overview import Column, mean_figure, quality_figure
from neuro.viz.style import save_svg, style

Floats = NDArray[np.float64]

BIDS_VERSION = "1.10.0"
CONFIDENCE = 0.95
MEASURES = {
    "volumes kept": ("volumes_kept_percent", "volumes kept (%)"),
    "temporal signal-to-noise ratio, median": ("tsnr_median", "tSNR, median"),
    "framewise displacement, mean": ("fd_mean_mm", "FD, mean (mm)"),
    "functional connectivity, mean correlation": ("fc_mean", "mean correlation"),
    "structure-function correlation": ("sc_fc", "structure-function r"),
}
"""Column and heading of each of a recording's key numbers."""


class Outputs(Protocol):
    """Files of a dataset.

    `quality` (`.tsv`), `connectivity` (`.h5`), `description` (`dataset_description.json`),
    `figures` (a folder) and `manifest` (`.json`).
    """

    quality: Path
    connectivity: Path
    description: Path
    figures: Path
    manifest: Path


def run(
    manifest_paths: Sequence[str | Path],
    parcels_paths: Sequence[str | Path],
    outputs: Outputs,
    *,
    dataset: str,
    source: str | Path | None = None,
) -> pd.DataFrame:
    """Summarise the recordings of a dataset.

    Parameters
    ----------
    manifest_paths, parcels_paths : sequence of str | Path
        What :func:`neuro.preprocess.fmri.parcellate.run` wrote for each recording, in the same
        order.
    outputs : Outputs
        Where everything goes; the figures' folder lies beside the manifest.
    dataset : str
        Its name.
    source : str | Path | None
        The dataset's `fetch.json`, for license and citation.

    Returns
    -------
    quality : DataFrame
        One row per recording.

    Raises
    ------
    ValueError
        If there is no recording, or the two lists do not belong together.
    """
    if not manifest_paths or len(manifest_paths) != len(parcels_paths):
        raise ValueError(
            f"{dataset}: needs a manifest and parcels for each of at least one recording, got "
            f"{len(manifest_paths)} and {len(parcels_paths)}"
        )
    abouts = [manifest.read(path) for path in manifest_paths]
    fetched = {} if source is None else read_json(source)
    quality = _table(abouts)
    write_tsv(outputs.quality, quality)
    params = abouts[0].params
    group = _group([hdf5.read(path) for path in parcels_paths], abouts, params)
    hdf5.write(outputs.connectivity, group, {"recordings": [a.recording for a in abouts]})
    write_description(
        outputs.description, dataset, "clean fMRI voxels, parcels and connectivity", fetched
    )
    figures = _draw(quality, group, outputs)
    about = _manifest(dataset, abouts, quality, figures, fetched, outputs, "tangent" in group)
    manifest.write(outputs.manifest, about)
    return quality


def _table(abouts: Sequence[Manifest]) -> pd.DataFrame:
    rows = []
    for about in abouts:
        told = {number.name: number.value for number in about.key_numbers}
        row: dict[str, Any] = {"recording": about.recording}
        row |= {column: told.get(name, np.nan) for name, (column, _) in MEASURES.items()}
        rows.append(row)
    return pd.DataFrame(rows)


def _group(
    recordings: Sequence[Mapping[str, Array]],
    abouts: Sequence[Manifest],
    params: Mapping[str, Any],
) -> dict[str, Array]:
    """Connectivity of all recordings that have the same parcels; empty arrays where they differ."""
    names = [tuple(map(str, arrays["names"].values)) for arrays in recordings]
    arrays: dict[str, Array] = {
        "recordings": Array(np.array([a.recording for a in abouts]).astype(str), ("recording",))
    }
    if not names[0] or len(set(names)) > 1:
        return arrays
    arrays["names"] = recordings[0]["names"]
    arrays["centroids"] = recordings[0]["centroids"]
    square = ("recording", "parcel", "parcel")
    for kind in params["connectivity"]["kinds"]:
        if all(f"connectivity/{kind}" in one for one in recordings):
            stack = np.array([_values(one, f"connectivity/{kind}") for one in recordings])
            arrays[kind] = Array(stack, square)
            arrays[f"mean/{kind}"] = Array(stack.mean(axis=0), square[1:])
    if "tangent" in params["connectivity"]["kinds"] and len(recordings) > 1:
        series = [_series(one) for one in recordings]
        present = np.all([np.isfinite(one).all(axis=0) for one in series], axis=0)
        estimator = params["connectivity"]["estimator"]
        values, mean = connectivity([one[:, present] for one in series], "tangent", estimator)
        arrays["tangent"] = Array(values, square)
        arrays["mean/tangent"] = Array(mean, square[1:])
        arrays["tangent_parcels"] = Array(np.flatnonzero(present), ("parcel",))
    return arrays


def _values(arrays: Mapping[str, Array], name: str) -> Any:
    return np.asarray(arrays[name].values)


def _series(arrays: Mapping[str, Array]) -> Floats:
    good = np.asarray(arrays["good"].values)
    return np.array(arrays["timeseries"].values, dtype=np.float64)[good, :]


def _draw(quality: pd.DataFrame, group: Mapping[str, Array], outputs: Outputs) -> list[Figure]:
    folder = Path(os.path.relpath(outputs.figures, Path(outputs.manifest).parent)).as_posix()
    columns = []
    for column, title in MEASURES.values():
        values = quality[column].to_numpy(dtype=float)
        if np.isfinite(values).any():
            columns.append(Column(title, values, band=_band(values)))
    about = [
        Figure(
            path=f"{folder}/quality.svg",
            title="Quality of all recordings",
            caption="A dot per recording. Line and band: mean over recordings and its pointwise "
            "95% confidence interval (Student's t), where there are several. FD: framewise "
            "displacement.",
            alt=f"Quality measures of {len(quality)} recordings.",
        )
    ]
    with style(), atomic(outputs.figures) as temporary:
        temporary.mkdir()
        names = [str(name) for name in quality["recording"]]
        save_svg(quality_figure(names, columns), temporary / "quality.svg")
        if "correlation" in group:
            stack = np.asarray(group["correlation"].values)
            spread = stack.std(axis=0, ddof=1) if len(stack) > 1 else np.zeros(stack.shape[1:])
            parcels = [str(name) for name in _values(group, "names")]
            mean = np.asarray(group["mean/correlation"].values)
            save_svg(mean_figure(mean, spread, parcels, len(stack)), temporary / "connectivity.svg")
            about.append(
                Figure(
                    path=f"{folder}/connectivity.svg",
                    title="Mean functional connectivity",
                    caption=f"Left: mean correlation between parcels over {len(stack)} recordings. "
                    "Right: its standard deviation over recordings.",
                    alt=f"Two matrices of {len(parcels)} parcels.",
                )
            )
    return about


def _band(values: Floats) -> tuple[float, float, float] | None:
    known = values[np.isfinite(values)]
    if known.size < 3 or np.ptp(known) == 0:
        return None
    band = mean_band(known, CONFIDENCE)
    return float(band.mean), float(band.low), float(band.high)


def _manifest(
    dataset: str,
    abouts: Sequence[Manifest],
    quality: pd.DataFrame,
    figures: list[Figure],
    fetched: Mapping[str, Any],
    outputs: Outputs,
    has_tangent: bool,
) -> Manifest:
    citations = [citation for about in abouts for citation in about.citations]
    citations += [TANGENT] if has_tangent else []
    if fetched:
        citations.insert(0, Citation(text=fetched["citation"]))
    path = Path(os.path.relpath(outputs.quality, Path(outputs.manifest).parent)).as_posix()
    methods = list(dict.fromkeys(text for about in abouts for text in about.methods))
    if has_tangent:
        methods.append(
            "Tangent-space connectivity compares each recording's covariance with the geometric "
            "mean of all; a model that predicts from it must estimate that mean from its training "
            "recordings alone."
        )
    return Manifest(
        word="preprocess",
        dataset=dataset,
        title=f"Preprocessing of {dataset}",
        question="Are the recordings clean, and how are their regions connected?",
        key_numbers=_numbers(abouts, quality),
        figures=figures,
        tables=[
            manifest.Table(
                path=path,
                title="Quality",
                caption="One row per recording: volumes kept, median temporal signal-to-noise "
                "ratio, mean framewise displacement, mean functional connectivity, correlation of "
                "structural and functional connectivity.",
            )
        ],
        methods=methods,
        citations=list({citation.text: citation for citation in citations}.values()),
        licenses=[fetched["license"]] if fetched else [],
        params=abouts[0].params,
    )


def _numbers(abouts: Sequence[Manifest], quality: pd.DataFrame) -> list[KeyNumber]:
    """Means over recordings, with their interval where there are several."""
    units = {number.name: number.unit for about in abouts for number in about.key_numbers}
    numbers = []
    for name, (column, _) in MEASURES.items():
        values = quality[column].to_numpy(dtype=float)
        values = values[np.isfinite(values)]
        if not values.size:
            continue
        band = _band(values)
        numbers.append(
            KeyNumber(
                name=name,
                value=float(values.mean()),
                unit=units[name],
                interval=None if band is None else (band[1], band[2]),
                confidence=None if band is None else CONFIDENCE,
                n=f"{values.size} recording{'s' if values.size > 1 else ''}, "
                f"from {values.min():.3g} to {values.max():.3g}",
            )
        )
    return numbers
