"""Figures of two groups, with captions and alternative texts."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neuro.analyses.graphs.cards import card_figure, overview_figure
from neuro.analyses.graphs.classifiers import MODELS
from neuro.analyses.graphs.cohorts import EDGES
from neuro.analyses.graphs.drawings_groups import edges_figure, groups_figure, spread_figure
from neuro.analyses.graphs.roi import modules_of
from neuro.analyses.graphs.storage import from_edges
from neuro.analyses.graphs.volumes import MOST_ROWS, SHOWN, TITLES, inside_of, slices_of
from neuro.io.manifest import Figure
from neuro.viz.fmri_slices import slices_figure
from neuro.viz.style import save_svg

if TYPE_CHECKING:
    from neuro.analyses.graphs.diagnose import Diagnosed
    from neuro.analyses.graphs.model import Mapped


def draw_groups(mapped: "Mapped", diagnosed: "Diagnosed", folder: Path) -> list[Figure]:
    """Draw the diagnosis and the groups' differences.

    Parameters
    ----------
    mapped : Mapped
        Maps of all recordings.
    diagnosed : Diagnosed
        What was found.
    folder : Path
        Where figures are written.
    """
    figures = _diagnosis(diagnosed, folder)
    if mapped.nodes.kind == "voxels":
        return figures + _voxels(mapped, diagnosed, folder)
    if EDGES in diagnosed.differences:
        figures += _edges(mapped, diagnosed, folder)
    return [*figures, _nodes(mapped, diagnosed, folder)]


def _diagnosis(diagnosed: "Diagnosed", folder: Path) -> list[Figure]:
    labels = {name: MODELS[name].label for name in diagnosed.judged}
    save_svg(overview_figure(diagnosed.judged, labels), folder / "diagnosis.svg")
    best = diagnosed.best
    card = card_figure(diagnosed.cohort, diagnosed.predicted[best], diagnosed.judged[best])
    save_svg(card, folder / "card.svg")
    return [
        Figure(
            path="diagnosis.svg",
            title="Diagnosis",
            caption="Out-of-fold area and balanced accuracy with 95 % bootstrap intervals over "
            "subjects. Pale bars: the middle 95 % of values with permuted labels.",
            alt=f"Scores of {len(labels)} classifiers.",
        ),
        Figure(
            path="card.svg",
            title=f"Classifier with the largest area: {labels[best]}",
            caption="Out-of-fold predictions. Calibration: fifths of the predicted probability, "
            "with 95 % intervals. The largest of several areas is too large by what chance adds: "
            "see all of them above.",
            alt=f"ROC, calibration and confusion of {labels[best]}.",
        ),
    ]


def _voxels(mapped: "Mapped", diagnosed: "Diagnosed", folder: Path) -> list[Figure]:
    inside, classes = inside_of(mapped.nodes), diagnosed.cohort.classes
    names = [name for name in SHOWN if name in diagnosed.differences][:MOST_ROWS]
    names = names or list(diagnosed.differences)[:1]
    told = [diagnosed.differences[name] for name in names]
    limit = max(5.0, *(float(np.abs(one.t).max()) for one in told))
    rows = [
        slices_of(
            mapped.nodes, one.t, inside,
            f"{TITLES.get(name, name)}; |t| > {one.critical:.1f}: p < 0.05", "t", limit,
        )
        for name, one in zip(names, told, strict=True)
    ]  # fmt: skip
    save_svg(slices_figure(rows, inside), folder / "differences.svg")
    figures = [
        Figure(
            path="differences.svg",
            title="Group differences",
            caption=f"Student's t of {classes[1]} against {classes[0]}; levels hold for all "
            "voxels together (largest statistic of permutations).",
            alt="Axial slices of t maps.",
        )
    ]
    seeing = [name for name in diagnosed.projected if MODELS[name].inputs == "features"]
    if not seeing:
        return figures
    rows = [
        slices_of(
            mapped.nodes, diagnosed.projected[name].pattern, inside, MODELS[name].label, "r", 1.0
        )
        for name in seeing[:MOST_ROWS]
    ]
    save_svg(slices_figure(rows, inside), folder / "patterns.svg")
    figures.append(
        Figure(
            path="patterns.svg",
            title="What goes with the classifiers' scores",
            caption=f"Correlation of {TITLES.get(diagnosed.features, diagnosed.features)} in each "
            f"voxel with the out-of-fold score, within folds; red goes with {classes[1]}.",
            alt="Axial slices of correlations with scores.",
        )
    )
    return figures


def _edges(mapped: "Mapped", diagnosed: "Diagnosed", folder: Path) -> list[Figure]:
    names, cohort = mapped.nodes.names, diagnosed.cohort
    values, told = diagnosed.compared[EDGES], diagnosed.differences[EDGES]
    rows, columns = np.triu_indices(len(names), 1)
    strongest = np.argsort(-values.mean(axis=0), kind="stable")
    density = float(mapped.densities[:, 0].mean())
    wanted = strongest[: max(1, round(density * len(rows)))]
    modules = modules_of(from_edges(np.stack([rows, columns], axis=1)[wanted], len(names)), seed=0)
    means = [values[cohort.labels == kind].mean(axis=0) for kind in (False, True)]
    counts = [int((cohort.labels == kind).sum()) for kind in (False, True)]
    titles = [f"{name} (n = {n})" for name, n in zip(cohort.classes, counts, strict=True)]
    most = max(len(wanted), 2 * len(names))
    save_svg(groups_figure(means, titles, names, modules, most), folder / "groups.svg")
    pattern = None
    if diagnosed.features == EDGES and diagnosed.projected:
        best = max(diagnosed.projected, key=lambda name: diagnosed.judged[name].auroc)
        pattern = (MODELS[best].label, diagnosed.projected[best].pattern)
    save_svg(edges_figure(told, pattern, names, modules), folder / "edges.svg")
    found = int((told.p <= 0.05).sum())
    lower = (
        f"; above the diagonal the correlation of each edge with the out-of-fold score of "
        f"{pattern[0]}, within folds, on the same scale from its least to its largest"
        if pattern
        else ""
    )
    return [
        Figure(
            path="groups.svg",
            title="The groups' networks",
            caption=f"The strongest mean correlations of each group (at most {most}), on the same "
            "circle; modules are those of both together.",
            alt=f"Chord diagrams of {cohort.classes[0]} and {cohort.classes[1]}.",
        ),
        Figure(
            path="edges.svg",
            title="Edges that differ",
            caption=f"Student's t of {cohort.classes[1]} against {cohort.classes[0]} below the "
            f"diagonal{lower}. Right: the largest |t|; thick: |t| > {told.critical:.1f}, p < 0.05 "
            f"for all {len(told.p)} edges together ({found} edges).",
            alt="Matrix of t, and chords of the edges with the largest t.",
        ),
    ]


def _nodes(mapped: "Mapped", diagnosed: "Diagnosed", folder: Path) -> Figure:
    told = {name: one for name, one in diagnosed.differences.items() if name != EDGES}
    classes = diagnosed.cohort.classes
    save_svg(spread_figure(told, TITLES, mapped.nodes.names, classes), folder / "nodes_differ.svg")
    return Figure(
        path="nodes_differ.svg",
        title="Nodes that differ",
        caption=f"Student's t of {classes[1]} against {classes[0]}, a dot per node. Marks: p = "
        "0.05, corrected for all nodes of a map by the largest |t| of permutations; beyond them, "
        "nodes are named.",
        alt=f"Dots of t for {len(told)} maps.",
    )
