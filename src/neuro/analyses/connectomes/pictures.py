"""From motifs to figures, with captions and alternative texts."""

from pathlib import Path

import numpy as np

from neuro.analyses.connectomes.inputs import Group
from neuro.analyses.connectomes.model import Result
from neuro.analyses.connectomes.significance import Tests
from neuro.io.manifest import Figure
from neuro.viz.connectomes import (
    MotifPicture,
    RankPicture,
    motifs_figure,
    networks_figure,
    rank_figure,
)
from neuro.viz.connectomes_tests import NullPicture, sensitivity_figure, tests_figure
from neuro.viz.style import save_svg

ALPHA = 0.05


def draw(
    group: Group, result: Result, matches: dict[str, np.ndarray], folder: Path, relative: str
) -> list[Figure]:
    """Draw all figures of a group into a folder, and describe them.

    Parameters
    ----------
    group : Group
        What was factorised.
    result : Result
        Its motifs.
    matches : dict of str to ndarray
        By kernel, how alike its motifs are; none where that was not asked for.
    folder : Path
        Where to; it exists.
    relative : str
        The folder, as the manifest names it.
    """
    motifs = [_motif(result, number) for number in range(result.n_motifs)]
    drawn = {
        "motifs": motifs_figure(motifs, result.step, result.animals, group.epochs),
        "networks": networks_figure(motifs, result.names),
        "tests": tests_figure(
            _null(result.tests),
            {kind: _null(relation.tests) for kind, relation in result.relations.items()},
        ),
    }
    if (sweep := result.sweep) is not None and len(sweep.ranks) > 1:
        drawn["rank"] = rank_figure(
            RankPicture(
                sweep.ranks,
                sweep.held_out,
                sweep.stability,
                sweep.consistency,
                sweep.dimension,
                sweep.chosen,
                sweep.plateau,
            )
        )
    if matches:
        values = np.stack(list(matches.values()))
        drawn["kernels"] = sensitivity_figure(values, list(matches), result.settings.kernel)
    figures = []
    for name, figure in drawn.items():
        file = f"{group.label}_{name}.svg"
        save_svg(figure, folder / file)
        title, caption = _texts(name, group, result)
        figures.append(
            Figure(path=f"{relative}/{file}", title=title, caption=caption, alt=_alt(name, result))
        )
    return figures


def _motif(result: Result, number: int) -> MotifPicture:
    q = result.tests.q[number]
    told = "q < .01" if q < 0.01 else f"q = {q:.2f}"
    return MotifPicture(
        title=f"Motif {number + 1}, {told}",
        times=result.times[:, number],
        loadings=result.loadings[:, number],
        adjacency=result.adjacency[number],
        labels=result.communities[number].labels,
    )


def _null(tests: Tests) -> NullPicture:
    return NullPicture(tests.statistic, tests.null, tests.q)


def _texts(name: str, group: Group, result: Result) -> tuple[str, str]:
    """Title and caption."""
    who = f"{len(result.animals)} recordings" if len(result.animals) > 1 else group.label
    settings = result.settings
    match name:
        case "motifs":
            animals = " middle: its strength in each recording;" if len(result.animals) > 1 else ""
            shaded = f" shaded: {', '.join(group.epochs)};" if group.epochs else ""
            return f"Motifs of {who}", (
                f"Left: time course of each motif;{shaded}{animals} right: its graph of "
                f"{len(result.names)} neurons, ordered by community (colored boxes; neurons of no "
                "community last). Motifs are sorted by size; q: against circular shifts."
            )
        case "networks":
            return f"Networks of {who}", (
                "The strongest pairs of each motif. Neurons of one color are a community, grey "
                "ones belong to none; lines within a community have its color, dots grow with a "
                "neuron's summed affinity."
            )
        case "tests":
            learned = (
                "recordings that a motif was not learned from"
                if len(result.animals) > 1
                else "blocks of time that a motif was not learned from"
            )
            more = " Further panels: time courses in and out of epochs." if result.relations else ""
            return f"Tests of the motifs of {who}", (
                f"Affinity along each motif in {learned}, relative to its mean under "
                f"{settings.n_shifts} circular shifts of every neuron by itself.{more} Bars: 95 % "
                "of the null."
            )
        case "rank":
            return f"Number of motifs of {who}", (
                "Left: error of what was left out of the fit, mean and standard error over folds; "
                "the smallest rank within one standard error of the least is chosen (line). "
                "Middle: match of the best start with the others, and core consistency where there "
                "are several recordings. Right: effective dimension of the pairs' factors."
            )
        case _:
            return f"Motifs of {who} by other kernels", (
                "Match of each motif with its partner by another kernel at the same rank: cosine "
                "of the time courses times that of the pairs; 1 for the same motif."
            )


def _alt(name: str, result: Result) -> str:
    found = int((result.tests.q <= ALPHA).sum())
    told = f"{result.n_motifs} motifs of {len(result.names)} neurons, {found} above chance"
    return {
        "motifs": f"Time courses and adjacency matrices of {told}.",
        "networks": f"Circular network drawings of {told}.",
        "tests": f"Observed statistics beside their nulls: {told}.",
        "rank": f"Curves over the number of motifs; {result.n_motifs} are chosen.",
    }.get(name, f"Bars of the match of {told} with those of other kernels.")
