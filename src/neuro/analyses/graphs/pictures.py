"""Figures of a dataset's networks, with captions and alternative texts."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neuro.analyses.graphs.drawings import glass_figure, hubs_figure, network_figure, slice_figure
from neuro.analyses.graphs.pictures_groups import draw_groups
from neuro.analyses.graphs.roi import modules_of
from neuro.analyses.graphs.storage import from_edges
from neuro.analyses.graphs.volumes import MOST_ROWS, SHOWN, TITLES, inside_of, slices_of
from neuro.io.manifest import Figure
from neuro.viz.fmri_slices import slices_figure
from neuro.viz.style import save_svg

if TYPE_CHECKING:
    from neuro.analyses.graphs.diagnose import Diagnosed
    from neuro.analyses.graphs.model import Mapped


def draw(
    mapped: "Mapped", diagnosed: "Diagnosed | None", folder: Path, relative: str
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

    Returns
    -------
    figures : list of Figure
        What the manifest tells of them.
    """
    figures = _voxels(mapped, folder) if mapped.nodes.kind == "voxels" else _regions(mapped, folder)
    if {"degree", "cycles3"} <= set(mapped.maps):
        figures.append(_hubs(mapped, folder))
    if diagnosed is not None:
        figures += draw_groups(mapped, diagnosed, folder)
    return [figure.model_copy(update={"path": f"{relative}/{figure.path}"}) for figure in figures]


def _voxels(mapped: "Mapped", folder: Path) -> list[Figure]:
    names = [name for name in SHOWN if name in mapped.maps][:MOST_ROWS]
    names = names or list(mapped.maps)[:1]
    inside = inside_of(mapped.nodes)
    rows = []
    for name in names:
        values = mapped.maps[name][:, 0].mean(axis=0)
        rows.append(slices_of(mapped.nodes, values, inside, TITLES.get(name, name), "mean"))
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
    # Of a small network a share of all pairs is too few to see anything.
    most = max(wanted, 2 * n)
    drawn = network_figure(matrix, share, mapped.nodes.names, modules, most)
    save_svg(drawn, folder / "network.svg")
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
    save_svg(hubs_figure(maps, TITLES, names), folder / "nodes.svg")
    return Figure(
        path="nodes.svg",
        title="What the maps tell apart",
        caption="Left: triangles against degree; the curve is the most that "
        "a degree allows. Middle: 3-cycles, mean over recordings. Right: Spearman's correlation "
        "with degree, a dot per recording; a map far from 1 tells something else.",
        alt="Scatter of 3-cycles against degree, and rank correlations of maps with degree.",
    )
