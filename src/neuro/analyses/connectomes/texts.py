"""What the manifest says: key numbers, methods, warnings, citations."""

import numpy as np

from neuro.analyses.connectomes.inputs import Group
from neuro.analyses.connectomes.model import Result
from neuro.analyses.connectomes.pictures import ALPHA
from neuro.analyses.connectomes.truth import Recovered
from neuro.io.manifest import Citation, KeyNumber

CITATIONS = [
    Citation(
        text="Dyballa L, Lang S, Haslund-Gourley A, Yemini E, Zucker SW (2024). Learning dynamic "
        "representations of the functional connectome in neurobiological networks. ICLR 2024.",
        url="https://arxiv.org/abs/2402.14102",
    ),
    Citation(
        text="Cichocki A, Phan AH (2009). Fast local algorithms for large scale nonnegative matrix "
        "and tensor factorizations. IEICE Transactions, E92-A(3), 708-721.",
        url="https://doi.org/10.1587/transfun.E92.A.708",
    ),
    Citation(
        text="Peixoto TP (2014). Hierarchical block structures and high-resolution model selection "
        "in large networks. Physical Review X, 4, 011047.",
        url="https://doi.org/10.1103/PhysRevX.4.011047",
    ),
    Citation(
        text="Peixoto TP (2018). Nonparametric weighted stochastic block models. Physical Review "
        "E, 97, 012306.",
        url="https://doi.org/10.1103/PhysRevE.97.012306",
    ),
]
KERNELS = {
    "geometric": "the square root of the product of two rises, or of two falls",
    "gaussian": "a Gaussian of the derivatives' difference (standard deviation {width:g}) where "
    "both are larger than {threshold:g} standard deviation(s), less where they are smaller",
    "correlation": "the rectified correlation of the derivatives in a Hann window of {window:g} s, "
    "times the smaller of their two activities there (in full above {threshold:g} standard "
    "deviation(s))",
}


def key_numbers(
    groups: list[Group], results: list[Result], recovered: Recovered | None
) -> list[KeyNumber]:
    """Counts, quality of the fit, and where the truth is known, how well it was found."""
    numbers = [] if recovered is None else _recovery(recovered)
    for group, result in zip(groups, results, strict=True):
        whose = f", {group.label}" if len(groups) > 1 else ""
        n = f"{len(result.animals)} recording(s), {len(result.names)} neurons"
        tests = result.tests
        numbers += [
            KeyNumber(
                name=f"motifs above chance{whose}",
                value=int((tests.q <= ALPHA).sum()),
                n=f"of {result.n_motifs} motifs; {n}",
                p=float(tests.q.max()),
                note=f"p: the largest of all motifs, corrected, {len(tests.null)} circular shifts",
            ),
            KeyNumber(
                name=f"affinity along the motifs{whose}",
                value=float(np.median(tests.statistic)),
                chance=1.0,
                n=f"{n}; {tests.statistic.min():.2f} to {tests.statistic.max():.2f} by motif",
                note="median over motifs, in recordings or blocks that they were not learned from; "
                "chance: mean of the circular shifts",
            ),
        ]
        for kind, relation in result.relations.items():
            best = int(np.argmax(np.abs(relation.tests.statistic)))
            numbers.append(
                KeyNumber(
                    name=f"motif {best + 1} in {kind} less elsewhere{whose}",
                    value=float(relation.tests.statistic[best]),
                    chance=float(relation.tests.null[:, best].mean()),
                    p=float(relation.tests.q[best]),
                    n=f"{len(group.epochs[kind])} epoch(s)",
                    note="relative to the time course's mean; the motif that differs most, p "
                    "corrected for the number of motifs",
                )
            )
    return numbers


def _recovery(recovered: Recovered) -> list[KeyNumber]:
    n = f"{recovered.n_planted} planted motifs"
    return [
        KeyNumber(name="planted motifs found, factor match", value=recovered.match, n=n),
        KeyNumber(name="planted communities found, NMI", value=recovered.nmi, n=n),
        KeyNumber(
            name="motif of the stimulus peaks inside of it",
            value=int(recovered.driven_peaks_inside),
            n="1 for yes",
        ),
    ]


def paragraphs(results: list[Result], of_spikes: bool) -> list[str]:
    """What was done, from the parameters that were used."""
    result = results[0]
    settings = result.settings
    kernel = KERNELS[settings.kernel].format(**settings.model_dump())
    source = (
        f"square roots of counts smoothed with a Gaussian ({settings.smoothing:g} s)"
        if of_spikes
        else "the traces"
    )
    several = len(result.animals) > 1
    opposite = (
        " Opposite changes make a second layer by the same kernel." if settings.signed else ""
    )
    excess = (
        " What circular shifts of every neuron by itself leave of it was subtracted, per pair and "
        "recording."
        if settings.subtract
        else ""
    )
    affinity = (
        f"The affinity of two neurons is {kernel}, from derivatives of {source} in units of their "
        f"standard deviation, every {result.step:g} s.{opposite}{excess} It follows the idea, not "
        "the unpublished equation, of Dyballa et al. (2024)."
    )
    loss = "Kullback-Leibler divergence" if settings.loss == "kl" else "squared error"
    who = (
        "extrapolated hierarchical alternating least squares"
        if settings.backend == "neuro"
        else "tensorly"
    )
    missing = " Pairs that a recording lacks were weighted out." if several else ""
    tensor = (
        f"The tensor of time x recording x pair was factorised into non-negative components "
        f"({who}, {loss}, sparsity {settings.sparsity:g}, smoothness {settings.smoothness:g}, best "
        f"of {settings.n_restarts} random starts).{missing}"
    )
    return [affinity, tensor, _rank(result), _tests(result), _communities(result)]


def _rank(result: Result) -> str:
    settings = result.settings
    if result.sweep is None:
        return f"The number of motifs, {result.n_motifs}, was given."
    left = (
        "whole fibres (a pair in a recording, at all times)"
        if len(result.animals) > 1
        else "blocks of time together with pairs (bi-cross-validation)"
    )
    ranks = result.sweep.ranks
    return (
        f"The number of motifs was chosen from {ranks[0]} to {ranks[-1]}: the smallest whose error "
        f"for {left}, which were left out of the fit in {settings.n_folds} folds, is within one "
        "standard error of the least."
    )


def _tests(result: Result) -> str:
    learned = "recordings" if len(result.animals) > 1 else "blocks of time"
    return (
        f"A motif was learned without some {learned}, and the affinity along it was summed there; "
        f"p counts those of {result.settings.n_shifts} circular shifts of every neuron by itself "
        "that reach the observed sum, corrected for the number of motifs (Benjamini-Hochberg)."
    )


def _communities(result: Result) -> str:
    models = ", ".join(sorted({each.model for each in result.communities}))
    return (
        "Each motif's graph was described by nested stochastic block models; that of the shortest "
        f"description tells the blocks ({models}). Blocks whose neurons are bound to each other "
        "more than the graph's neurons on average are its communities; confidence is the share of "
        "other neurons that further searches put with a neuron, or apart from it, in the same way."
    )


def warnings_of(groups: list[Group], results: list[Result]) -> list[str]:
    """What a reader should know."""
    told = []
    for group, result in zip(groups, results, strict=True):
        whose = f"{group.label}: " if len(groups) > 1 else ""
        told += [f"{whose}{text}" for text in [*group.notes, *result.warnings]]
    return told
