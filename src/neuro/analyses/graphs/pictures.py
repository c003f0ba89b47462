"""Figures of a dataset's networks, with captions and alternative texts."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from nibabel.funcs import as_closest_canonical

from neuro.analyses.graphs.cards import card_figure, overview_figure
from neuro.analyses.graphs.classifiers import MODELS
from neuro.analyses.graphs.drawings import glass_figure, hubs_figure, network_figure, slice_figure
from neuro.analyses.graphs.maps import MEASURES
from neuro.analyses.graphs.roi import modules_of
from neuro.analyses.graphs.storage import from_edges
from neuro.io.manifest import Figure
from neuro.viz.fmri_slices import SlicePicture, slices_figure
from neuro.viz.style import DIVERGING, save_svg

if TYPE_CHECKING:
    from neuro.analyses.graphs.diagnose import Diagnosed
    from neuro.analyses.graphs.model import Mapped

MOST_ROWS = 4
SHOWN = ("cycles3", "degree", "clustering", "eigenvector")
"""Maps that are drawn, if they are there."""


def draw(
    mapped: "Mapped", diagnosed: "Diagnosed | None", folder: Path, relative: str, maps: Path
) -> list[Figure]:
    """Draw everything.

    Parameters
    ----------
    mapped : Mapped
        Maps of all recordings.
    diagnosed : Diagnosed | None
        What was found about two groups.
    folder : Path
        Where figures are written.
    relative : str
        The same, as the manifest calls it.
    maps : Path
        Folder with the NIfTI maps.

    Returns
    -------
    figures : list of Figure
        What the manifest tells of them.
    """
    figures = _voxels(mapped, folder) if mapped.nodes.kind == "voxels" else _regions(mapped, folder)
    if {"degree", "cycles3"} <= set(mapped.maps):
        figures.append(_hubs(mapped, folder))
    if diagnosed is not None:
        figures += _groups(mapped, diagnosed, folder)
    return [figure.model_copy(update={"path": f"{relative}/{figure.path}"}) for figure in figures]


def _titles() -> dict[str, str]:
    return {name: title for name, (title, _) in MEASURES.items()}


def _voxels(mapped: "Mapped", folder: Path) -> list[Figure]:
    names = [name for name in SHOWN if name in mapped.maps][:MOST_ROWS]
    names = names or list(mapped.maps)[:1]
    inside = _canonical(mapped, np.ones(len(mapped.nodes))) > 0
    rows = []
    for name in names:
        values = mapped.maps[name][:, 0].mean(axis=0)
        rows.append(_row(mapped, values, inside, _titles().get(name, name), "mean"))
    save_svg(slices_figure(rows, inside), folder / "maps.svg")
    figures = [
        Figure(
            path="maps.svg",
            title="Feature maps",
            caption=f"Mean over {len(mapped.recordings)} recordings, at {mapped.thresholds[0]}. "
            "Colours end at the 2nd and 98th percentile. The subject's left is on the left.",
            alt=f"Axial slices of {', '.join(row.title for row in rows)}.",
        )
    ]
    if "cycles3" in mapped.maps:
        image = mapped.nodes.volume(mapped.maps["cycles3"][:, 0].mean(axis=0))
        background = mapped.nodes.volume(np.ones(len(mapped.nodes)))
        slice_figure(image, background, "3-cycles", folder / "cycles3.svg")
        figures.append(
            Figure(
                path="cycles3.svg",
                title="3-cycle map",
                caption="Triangles through each voxel, mean over recordings, over the mask, as "
                "nilearn draws it.",
                alt="The 3-cycle map in slices.",
            )
        )
    return figures


def _to_canonical(image: Any) -> Any:
    canonical: Any = as_closest_canonical
    return canonical(image)


def _canonical(mapped: "Mapped", values: np.ndarray) -> np.ndarray:
    """A map on its grid, axes to the right, to the front and upwards."""
    image = _to_canonical(mapped.nodes.volume(values))
    return np.asarray(image.dataobj, dtype=float)


def _row(
    mapped: "Mapped", values: np.ndarray, inside: np.ndarray, title: str, label: str,
    limit: float | None = None,
) -> SlicePicture:  # fmt: skip
    volume = np.where(inside, _canonical(mapped, values), np.nan)
    zooms = _to_canonical(mapped.nodes.volume(values)).header.get_zooms()[:3]
    low, high = (float(q) for q in np.quantile(values, (0.02, 0.98)))
    limits = (low, high if high > low else low + 1) if limit is None else (-limit, limit)
    cmap = "magma" if limit is None else DIVERGING
    return SlicePicture(volume, [float(zoom) for zoom in zooms], title, label, cmap, limits)


def _regions(mapped: "Mapped", folder: Path) -> list[Figure]:
    if mapped.correlation is None:
        return []
    matrix = mapped.correlation.mean(axis=0)
    n = len(matrix)
    limits = mapped.limits[:, 0]
    share = (mapped.correlation > limits[:, None, None]).mean(axis=0)
    rows, columns = np.triu_indices(n, 1)
    strongest = np.argsort(-matrix[rows, columns], kind="stable")
    wanted = max(1, round(float(mapped.densities[:, 0].mean()) * len(rows)))
    edges = np.stack([rows, columns], axis=1)[strongest[:wanted]]
    modules = modules_of(from_edges(edges, n), seed=0)
    save_svg(network_figure(matrix, share, mapped.nodes.names, modules), folder / "network.svg")
    figures = [
        Figure(
            path="network.svg",
            title="Network",
            caption=f"Left: mean correlation over {len(mapped.recordings)} recordings, regions in "
            "the order of their modules (Louvain, in the mean network). Right: the strongest "
            "edges; coloured within a module, grey between modules.",
            alt=f"Matrix and chord diagram of {n} regions.",
        )
    ]
    if np.isfinite(mapped.nodes.places).all() and mapped.nodes.places.size:
        glass_figure(matrix, mapped.nodes.places, folder / "glass.svg")
        figures.append(
            Figure(
                path="glass.svg",
                title="Network in space",
                caption="The 2 % strongest mean correlations in nilearn's glass brain (MNI).",
                alt="Edges between regions in three projections of a glass brain.",
            )
        )
    return figures


def _hubs(mapped: "Mapped", folder: Path) -> Figure:
    maps = {name: values[:, 0] for name, values in mapped.maps.items()}
    names = [] if mapped.nodes.kind == "voxels" else mapped.nodes.names
    save_svg(hubs_figure(maps, _titles(), names), folder / "nodes.svg")
    return Figure(
        path="nodes.svg",
        title="What the maps tell apart",
        caption="Left: triangles against degree; the curve is the most that "
        "a degree allows. Middle: 3-cycles, mean over recordings. Right: Spearman's correlation "
        "with degree, a dot per recording; a map far from 1 tells something else.",
        alt="Scatter of 3-cycles against degree, and rank correlations of maps with degree.",
    )


def _groups(mapped: "Mapped", diagnosed: "Diagnosed", folder: Path) -> list[Figure]:
    labels = {name: MODELS[name].label for name in diagnosed.judged}
    save_svg(overview_figure(diagnosed.judged, labels), folder / "diagnosis.svg")
    classes = diagnosed.cohort.classes
    figures = [
        Figure(
            path="diagnosis.svg",
            title="Diagnosis",
            caption="Out-of-fold area and balanced accuracy with 95 % bootstrap intervals over "
            "subjects. Pale bars: the middle 95 % of areas with permuted labels.",
            alt=f"Scores of {len(labels)} classifiers.",
        )
    ]
    best = max(diagnosed.judged, key=lambda name: diagnosed.judged[name].auroc)
    card = card_figure(diagnosed.cohort, diagnosed.predicted[best], diagnosed.judged[best])
    save_svg(card, folder / "card.svg")
    figures.append(
        Figure(
            path="card.svg",
            title=f"Classifier with the largest area: {labels[best]}",
            caption="Out-of-fold predictions. Calibration: fifths of the predicted probability, "
            "with 95 % intervals.",
            alt=f"ROC, calibration and confusion of {labels[best]}.",
        )
    )
    if mapped.nodes.kind == "voxels":
        inside = _canonical(mapped, np.ones(len(mapped.nodes))) > 0
        names = [name for name in SHOWN if name in diagnosed.differences][:MOST_ROWS]
        told = [diagnosed.differences[name] for name in names]
        limit = max(5.0, *(float(np.abs(one.t).max()) for one in told))
        rows = [
            _row(mapped, one.t, inside, f"{_titles()[name]}; |t| > {one.critical:.1f}: p < 0.05",
                 "t", limit)
            for name, one in zip(names, told, strict=True)
        ]  # fmt: skip
        save_svg(slices_figure(rows, inside), folder / "differences.svg")
        figures.append(
            Figure(
                path="differences.svg",
                title="Group differences",
                caption=f"Student's t of {classes[1]} against {classes[0]}; levels hold for all "
                "voxels together (largest statistic of permutations).",
                alt="Axial slices of t maps.",
            )
        )
    return figures
