"""From results to figures, with captions and alternative texts."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from matplotlib.figure import Figure as Drawing
from numpy.typing import NDArray

from neuro.io.atomic import atomic
from neuro.io.manifest import Figure
from neuro.preprocess.fmri.findings import Found
from neuro.viz.fmri_carpet import CarpetPicture, carpet_figure
from neuro.viz.fmri_connectome import ConnectomePicture, connectome_figure
from neuro.viz.fmri_slices import SlicePicture, slices_figure
from neuro.viz.style import save_svg, style

Floats = NDArray[np.float64]

MAPS = {
    "alff": ("ALFF", "a.u.", "magma"),
    "falff": ("fALFF", "share of amplitude", "magma"),
    "reho": ("ReHo", "Kendall's W", "magma"),
}
"""Title, unit and colours of each map."""
_HEAD_LEVEL = 0.5
"""Level of the template's and the head's outline, of their bright intensity."""


def draw(found: Found, maps: Path, outputs: Any) -> list[Figure]:
    """Draw all figures of a recording into their folder.

    Parameters
    ----------
    found : Found
        All that is known of it.
    maps : Path
        Its folder of NIfTI.
    outputs : object
        `figures`, the folder, and `manifest`, beside or above it.

    Returns
    -------
    figures : list of Figure
        Named from the manifest's folder.
    """
    folder = Path(os.path.relpath(outputs.figures, Path(outputs.manifest).parent)).as_posix()
    plans: dict[str, tuple[Callable[[], Drawing], Figure]] = {}
    images = _canonical(maps)
    if found.n_voxels:
        plans["mask"] = _mask(found, images)
    if "t1w" in images:
        plans["registration"] = _registration(images)
    if found.n_voxels or found.series.names:
        plans["carpet"] = _carpet(found)
    if found.matrices:
        plans["connectivity"] = _connectivity(found)
    if there := [kind for kind in MAPS if kind in images]:
        plans["maps"] = _maps(found, images, there)
    described = []
    with style(), atomic(outputs.figures) as temporary:
        temporary.mkdir()
        for name, (make, about) in plans.items():
            save_svg(make(), temporary / f"{name}.svg")
            described.append(about.model_copy(update={"path": f"{folder}/{name}.svg"}))
    return described


def _canonical(maps: Path) -> dict[str, Any]:
    """All images of a folder with their axes to the right, to the front, and upwards."""
    canonical: Any = nib.as_closest_canonical
    return {
        path.name.removesuffix(".nii.gz"): canonical(nib.load(path))
        for path in sorted(maps.glob("*.nii.gz"))
    }


def _values(image: Any) -> Floats:
    return np.asarray(image.dataobj, dtype=np.float64)


def _zooms(image: Any) -> list[float]:
    return [float(zoom) for zoom in image.header.get_zooms()[:3]]


def _mask(found: Found, images: dict[str, Any]) -> tuple[Callable[[], Drawing], Figure]:
    inside = _values(images["mask"]) > 0
    mean, tsnr = _values(images["mean"]), _values(images["tsnr"])
    zooms = _zooms(images["mask"])
    entry = found.step("mask")
    told = {} if entry is None else entry["found"]
    top = float(np.nanquantile(mean[inside], 0.99)) * 1.2
    rows = [
        SlicePicture(
            mean, zooms, "Mean of all volumes", "", "gray", (0, top),
            [("mask", inside.astype(float), 0.5)],
        ),
        SlicePicture(
            np.where(inside, tsnr, np.nan), zooms, "Temporal signal-to-noise ratio", "tSNR",
            "viridis", (0, float(np.nanquantile(tsnr[inside], 0.98))),
        ),
    ]  # fmt: skip
    median = float(np.median(np.asarray(found.values("tsnr"))))
    about = Figure(
        path="",
        title="Mask and temporal signal-to-noise ratio",
        caption=(
            f"Above: mean volume and the mask ({told.get('n_voxels')} voxels, "
            f"{told.get('volume_ml', 0):.0f} ml; from {told.get('from')}). Below: mean over "
            "standard deviation of each voxel in time after a linear detrending, before any other "
            f"cleaning; median {median:.0f}. The subject's left is on the left."
        ),
        alt=f"Axial slices of the mean volume with the mask's outline, and of tSNR ({median:.0f}).",
    )
    return lambda: slices_figure(rows, inside), about


def _registration(images: dict[str, Any]) -> tuple[Callable[[], Drawing], Figure]:
    inside = _values(images["mask"]) > 0
    mean, t1w = _values(images["mean"]), _values(images["t1w"])
    zooms = _zooms(images["mask"])
    head = ("T1w", t1w, _level(t1w, inside))
    bright = float(np.nanquantile(mean[inside], 0.99)) * 1.2
    rows = [SlicePicture(mean, zooms, "Mean volume", "", "gray", (0, bright), [head])]
    caption = "The mean volume with the outline of the T1w image"
    if "template" in images:
        template = _values(images["template"])
        outline = ("MNI152", template, _level(template, inside))
        rows[0] = SlicePicture(mean, zooms, "Mean volume", "", "gray", (0, bright), [head, outline])
        top = float(np.quantile(t1w[inside], 0.99)) * 1.2
        rows.append(SlicePicture(t1w, zooms, "T1w image", "", "gray", (0, top), [outline]))
        caption += " and of the MNI152 template, and the T1w image with that of the template"
    about = Figure(
        path="",
        title="Registration by the light chain",
        caption=f"{caption}, on the grid of the result. Outlines must follow the brain's edge; "
        "where they do not, nothing in this space can be trusted.",
        alt="Axial slices with outlines of the images that were registered.",
    )
    return lambda: slices_figure(rows, inside), about


def _level(values: Floats, inside: NDArray[np.bool_]) -> float:
    return _HEAD_LEVEL * float(np.quantile(values[inside], 0.9))


def _maps(
    found: Found, images: dict[str, Any], kinds: list[str]
) -> tuple[Callable[[], Drawing], Figure]:
    inside = _values(images["mask"]) > 0
    rows = []
    for kind in kinds:
        values = _values(images[kind])
        title, unit, cmap = MAPS[kind]
        known = values[np.isfinite(values)]
        limits = tuple(float(q) for q in np.quantile(known, (0.02, 0.98))) if known.size else (0, 1)
        rows.append(
            SlicePicture(values, _zooms(images[kind]), title, unit, cmap, (limits[0], limits[1]))
        )
    low, high = found.params.maps.band
    about = Figure(
        path="",
        title="Local activity",
        caption=(
            f"ALFF: mean amplitude from {low:g} to {high:g} Hz; fALFF: its share of the amplitude "
            "of all frequencies; both before any band-pass. ReHo: Kendall's W of a voxel and its "
            "neighbours; none where less than half of them are in the mask."
        ),
        alt=f"Axial slices of {', '.join(MAPS[kind][0] for kind in kinds)}.",
    )
    return lambda: slices_figure(rows, inside), about


def _carpet(found: Found) -> tuple[Callable[[], Drawing], Figure]:
    good = np.asarray(found.values("good"))
    lines: list[tuple[str, list[tuple[str, Floats]]]] = []
    if (fd := found.values("fd")) is not None:
        lines.append(("FD (mm)", [("FD", np.asarray(fd))]))
    limit = found.params.scrub.fd if found.params.scrub is not None and lines else None
    if found.n_voxels:
        carpets, more = _voxel_carpets(found)
        lines += more
        what = "voxels, ordered by their correlation with the global signal"
        before = "before and after cleaning"
    else:
        rows = _scaled(found.series.values).T
        carpets, what, before = [("After cleaning", rows)], "parcels", "after cleaning"
    condition = (
        [str(name) for name in found.values("condition")] if "condition" in found.arrays else []
    )
    picture = CarpetPicture(
        tr=float(found.read["tr_s"]),
        good=good,
        carpets=carpets,
        lines=lines,
        limit=limit,
        condition=condition,
        rows="voxels" if found.n_voxels else "parcels",
    )
    lost = int((~good).sum())
    about = Figure(
        path="",
        title="Carpet plot",
        caption=(
            f"Every row one of the {what}, z-scored, {before}; grey levels end at 2.5 standard "
            "deviations. FD: framewise displacement; DVARS: root mean square change from the "
            "volume before, percent of the mean signal; GS: global signal. "
            f"{lost} of {good.size} volumes are left out (shaded)."
        ),
        alt=f"Time courses as an image, {before}, below motion and signal change.",
    )
    return lambda: carpet_figure(picture), about


def _voxel_carpets(
    found: Found,
) -> tuple[list[tuple[str, Floats]], list[tuple[str, list[tuple[str, Floats]]]]]:
    shown = np.asarray(found.values("carpet/voxels"))
    before = np.asarray(found.values("carpet/before"), dtype=np.float64)
    after = _scaled(np.asarray(found.values("voxels"))[:, shown].astype(np.float64))
    signal = np.asarray(found.values("global_signal"))
    order = np.argsort(-(before * (signal - signal.mean())[:, None]).sum(axis=0), kind="stable")
    dvars = [
        (key, np.r_[np.nan, np.asarray(found.values(f"dvars/{key}"))[1:]])
        for key in ("before", "after")
    ]
    return (
        [("Before cleaning", before[:, order].T), ("After cleaning", after[:, order].T)],
        [("DVARS (%)", dvars), ("GS (%)", [("GS", signal)])],
    )


def _scaled(series: Floats) -> Floats:
    """Z-score over the volumes that are there."""
    there = np.isfinite(series).any(axis=1)
    result = np.full(series.shape, np.nan)
    part = series[there]
    deviation = part.std(axis=0)
    result[there] = (part - part.mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    return result


def _connectivity(found: Found) -> tuple[Callable[[], Drawing], Figure]:
    kind = "correlation" if "correlation" in found.matrices else next(iter(found.matrices))
    matrix = found.matrices[kind]
    picture = ConnectomePicture(
        matrix=matrix,
        names=found.series.names,
        label=f"{kind[:1].upper()}{kind[1:]} between parcels",
        centroids=found.series.centroids,
        structure=found.structure.connectomes.get("counts"),
        r=None if found.coupling is None else found.coupling[0],
    )
    caption = (
        f"Left: {kind} between the time courses of {len(matrix)} parcels "
        f"({found.params.connectivity.estimator.replace('_', '-')} covariance)."
    )
    if found.coupling is not None:
        caption += (
            f" Right: numbers of streamlines, and both against each other: r = "
            f"{found.coupling[0]:.2f} over {found.coupling[1]} pairs."
        )
    elif np.isfinite(picture.centroids).any():
        caption += " Right: the strongest edges between the parcels' centres."
    about = Figure(
        path="",
        title="Functional connectivity",
        caption=caption,
        alt=f"Matrix of {kind} between {len(matrix)} parcels.",
    )
    return lambda: connectome_figure(picture), about
