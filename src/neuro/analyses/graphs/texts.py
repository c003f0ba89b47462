"""Key numbers, methods, citations and warnings of a dataset's networks."""

from typing import TYPE_CHECKING

import numpy as np

from neuro.analyses.graphs.classifiers import MODELS
from neuro.analyses.graphs.judgement import CONFIDENCE
from neuro.io.manifest import Citation, KeyNumber
from neuro.stats.intervals import mean_band

if TYPE_CHECKING:
    from neuro.analyses.graphs.diagnose import Diagnosed
    from neuro.analyses.graphs.model import Mapped
    from neuro.config.graphs import Graphs

DEY = Citation(
    text="Dey, S., Rao, A. R. & Shah, M. (2012). Exploiting the brain's network structure in "
    "identifying ADHD subjects. Frontiers in Systems Neuroscience 6, 75.",
    url="https://doi.org/10.3389/fnsys.2012.00075",
)
RUBINOV = Citation(
    text="Rubinov, M. & Sporns, O. (2010). Complex network measures of brain connectivity: uses "
    "and interpretations. NeuroImage 52, 1059-1069.",
    url="https://doi.org/10.1016/j.neuroimage.2009.10.003",
)
COMBAT = Citation(
    text="Johnson, W. E., Li, C. & Rabinovic, A. (2007). Adjusting batch effects in microarray "
    "expression data using empirical Bayes methods. Biostatistics 8, 118-127.",
    url="https://doi.org/10.1093/biostatistics/kxj037",
)


def key_numbers(mapped: "Mapped", diagnosed: "Diagnosed | None") -> list[KeyNumber]:
    """Means over recordings, and scores of the diagnosis."""
    n = len(mapped.recordings)
    several = f"{n} recording{'s' if n > 1 else ''}"
    numbers = [
        KeyNumber(name=mapped.nodes.kind, value=len(mapped.nodes)),
        _mean("correlation at which edges begin", mapped.limits[:, 0], several),
        _mean("density", mapped.densities[:, 0], several),
    ]
    for name in ("degree", "cycles3", "clustering"):
        if name in mapped.maps:
            title = {"cycles3": "3-cycles"}.get(name, name)
            means = mapped.maps[name][:, 0].mean(axis=1)
            numbers.append(_mean(f"{title}, mean over {mapped.nodes.kind}", means, several))
    if mapped.whole:
        numbers += [
            _mean(name, np.array([one[name] for one in mapped.whole]), several)
            for name in mapped.whole[0]
            if name != "density" and all(name in one for one in mapped.whole)
        ]
    return numbers + ([] if diagnosed is None else _scores(diagnosed))


def _mean(name: str, values: np.ndarray, n: str) -> KeyNumber:
    if len(values) < 3 or np.ptp(values) == 0:
        return KeyNumber(name=name, value=float(values.mean()), n=n)
    band = mean_band(np.asarray(values, dtype=float), CONFIDENCE)
    return KeyNumber(
        name=name, value=float(band.mean), interval=(float(band.low), float(band.high)),
        confidence=CONFIDENCE, n=n,
    )  # fmt: skip


def _scores(diagnosed: "Diagnosed") -> list[KeyNumber]:
    cohort = diagnosed.cohort
    n = f"{(~cohort.labels).sum()} {cohort.classes[0]}, {cohort.labels.sum()} {cohort.classes[1]}"
    numbers = []
    for name, card in diagnosed.judged.items():
        label = MODELS[name].label
        numbers += [
            KeyNumber(
                name=f"{label}: area under the ROC curve", value=card.auroc, chance=0.5, p=card.p,
                interval=card.auroc_interval, confidence=CONFIDENCE, n=n,
            ),
            KeyNumber(
                name=f"{label}: balanced accuracy", value=card.balanced_accuracy, chance=0.5,
                interval=card.balanced_interval, confidence=CONFIDENCE, n=n,
                note=f"accuracy {card.accuracy:.2f}, larger class {card.majority:.2f}",
            ),
        ]  # fmt: skip
    for name, told in diagnosed.differences.items():
        found = int((told.p <= 0.05).sum())
        numbers.append(KeyNumber(name=f"nodes that differ in {name}", value=found, n=n))
    return numbers


def methods(mapped: "Mapped", settings: "Graphs", diagnosed: bool) -> list[str]:
    """Paragraphs from the actual parameters."""
    edges = {
        "positive": "correlations above the threshold",
        "negative": "correlations below minus the threshold",
        "absolute": "correlations whose size is above the threshold",
    }[settings.sign]
    texts = [
        f"Nodes are {len(mapped.nodes)} {mapped.nodes.kind}; edges are {edges}, at "
        f"{' and at '.join(mapped.thresholds)}. Correlations are computed tile by tile in single "
        "precision. The number of edges at a density is exact. Figures show the first threshold.",
        "The 3-cycle map counts the triangles through each node (Dey et al. 2012), exactly. "
        "Unthresholded maps sum the correlations, or the products of correlations around each "
        "triangle, in closed form.",
    ]
    if mapped.whole:
        texts.append(
            "Modules of regions are those of the Louvain algorithm; participation refers to them. "
            "Path lengths are those of the largest component."
        )
    params = settings.diagnosis
    if diagnosed and params is not None:
        combat = (
            " Site effects were taken out by ComBat, fitted on the training subjects of each fold; "
            "a site that is not among them stays as it is."
            if params.harmonize
            else ""
        )
        texts.append(
            f"Diagnosis: nested cross-validation, {params.n_folds} outer and {params.n_inner} "
            f"inner folds that keep each {params.group_by} together. Everything that learns was "
            f"fitted on training subjects alone.{combat} The region mask keeps the "
            f"{params.mask_share:.0%} of regions with the largest mean |t| in training. p: share "
            f"of {params.n_permutations} permutations of the labels, within sites, with as large "
            "an area, the nested validation done anew. Group differences: labels permuted "
            f"{settings.n_permutations} times; the largest |t| corrects for all nodes."
        )
    return texts


def citations(settings: "Graphs") -> list[Citation]:
    """Works to cite."""
    params = settings.diagnosis
    return [DEY, RUBINOV, *([COMBAT] if params is not None and params.harmonize else [])]


def warnings_of(mapped: "Mapped") -> list[str]:
    """What a reader should know."""
    told = []
    if len(set(mapped.n_times)) > 1:
        told.append(
            f"Recordings have {min(mapped.n_times)} to {max(mapped.n_times)} volumes: at one "
            "density their thresholds differ in significance."
        )
    empty = int((mapped.densities == 0).sum())
    if empty:
        told.append(f"{empty} networks have no edge: their threshold is too high.")
    return told
