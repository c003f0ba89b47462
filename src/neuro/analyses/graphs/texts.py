"""Key numbers, methods, citations and warnings of a dataset's networks."""

from typing import TYPE_CHECKING

import numpy as np

from neuro.analyses.graphs.classifiers import MODELS
from neuro.analyses.graphs.cohorts import EDGES
from neuro.analyses.graphs.judgement import CONFIDENCE
from neuro.io.manifest import Citation, KeyNumber, Table
from neuro.stats.intervals import mean_band

if TYPE_CHECKING:
    from neuro.analyses.graphs.diagnose import Diagnosed
    from neuro.analyses.graphs.model import Mapped
    from neuro.config.diagnosis import Diagnosis
    from neuro.config.graphs import Graphs

QUESTION = "How is each node embedded in its network, and does that tell groups apart?"

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
VAROQUAUX = Citation(
    text="Varoquaux, G., Baronnet, F., Kleinschmidt, A., Fillard, P. & Thirion, B. (2010). "
    "Detection of brain functional-connectivity difference in post-stroke patients using "
    "group-level covariance modeling. MICCAI 2010, 200-208.",
    url="https://doi.org/10.1007/978-3-642-15705-9_25",
)
HAUFE = Citation(
    text="Haufe, S. et al. (2014). On the interpretation of weight vectors of linear models in "
    "multivariate neuroimaging. NeuroImage 87, 96-110.",
    url="https://doi.org/10.1016/j.neuroimage.2013.10.067",
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
                interval=card.balanced_interval, confidence=CONFIDENCE, n=n, p=card.balanced_p,
                note=f"accuracy {card.accuracy:.2f}, larger class {card.majority:.2f}",
            ),
        ]  # fmt: skip
    for name, told in diagnosed.differences.items():
        found = int((told.p <= 0.05).sum())
        what = "edges that differ" if name == EDGES else f"nodes that differ in {name}"
        numbers.append(KeyNumber(name=what, value=found, n=n, note=f"of {len(told.p)}"))
    return numbers


def methods(
    mapped: "Mapped",
    settings: "Graphs",
    diagnosed: "Diagnosed | None",
    params: "Diagnosis | None",
) -> list[str]:
    """Paragraphs from the actual parameters."""
    edges = {
        "positive": "correlations above the threshold",
        "negative": "correlations below minus the threshold",
        "absolute": "correlations whose size is above the threshold",
    }[settings.sign]
    origin = (
        "Correlations are computed tile by tile in single precision."
        if mapped.n_times
        else "Connections are those of the table."
    )
    texts = [
        f"Nodes are {len(mapped.nodes)} {mapped.nodes.kind}; edges are {edges}, at "
        f"{' and at '.join(mapped.thresholds)}. {origin} The number of edges at a density is "
        "exact. Figures show the first threshold.",
        "The 3-cycle map counts the triangles through each node (Dey et al. 2012), exactly. "
        "Unthresholded maps sum the correlations, or the products of correlations around each "
        "triangle, in closed form.",
    ]
    if mapped.whole:
        texts.append(
            "Modules of regions are those of the Louvain algorithm; participation refers to them. "
            "Path lengths are those of the largest component."
        )
    if diagnosed is not None and params is not None:
        texts += [_validation(diagnosed, params), _comparison(diagnosed, settings)]
    return texts


def _validation(diagnosed: "Diagnosed", params: "Diagnosis") -> str:
    combat = (
        " Site effects were taken out by ComBat, fitted on the training subjects of each fold; "
        "a site that is not among them stays as it is."
        if params.harmonize
        else ""
    )
    masked = (
        f" The region mask keeps the {params.mask_share:.0%} of regions with the largest mean |t| "
        "in training."
        if any(MODELS[name].masked for name in diagnosed.judged)
        else ""
    )
    features = "connections" if diagnosed.features == EDGES else f"the map {diagnosed.features}"
    within = (
        "within folds" if diagnosed.cohort.sites is None or params.group_by == "site" else
        "within sites"
    )  # fmt: skip
    tested = (
        f" p: share of {params.n_permutations} permutations of the labels {within} with as large a "
        "value, the nested validation done anew."
        if params.n_permutations
        else ""
    )
    return (
        f"Diagnosis from {features}: nested cross-validation, {params.n_folds} outer and "
        f"{params.n_inner} inner folds that keep each {params.group_by} together, the same for all "
        "classifiers; recordings of a subject are averaged. Everything that learns was fitted on "
        f"training subjects alone.{combat}{masked} Intervals: bootstrap over subjects, with the "
        f"classifiers as they are.{tested}"
    )


def _comparison(diagnosed: "Diagnosed", settings: "Graphs") -> str:
    out = [
        what
        for what, there in (
            ("sites", diagnosed.cohort.sites is not None),
            ("confounds", diagnosed.cohort.confounds is not None),
        )
        if there
    ]
    regressed = f", {' and '.join(out)} regressed out" if out else ""
    return (
        f"Group differences: Student's t{regressed}; labels permuted {settings.n_permutations} "
        "times, and the largest |t| corrects for all nodes or edges of a map, not across maps. "
        "A classifier's pattern is the correlation of each feature with its out-of-fold scores "
        "(Haufe et al. 2014)."
    )


def tables_of(below: dict[str, str], diagnosed: "Diagnosed | None") -> list[Table]:
    """What the manifest tells of the tables."""
    tables = [
        Table(
            path=below["nodes"],
            title="Nodes",
            caption="A row per node: its maps, mean over recordings, at the first threshold; of "
            "two groups t and p, corrected for all nodes.",
        )
    ]
    if diagnosed is None:
        return tables
    found = [
        ("scores", "Scores", "Out-of-fold scores of all classifiers, with 95 % bootstrap "
         "intervals."),
        ("sites", "Sites", "Subjects of each site, and how well they are told apart."),
        ("edges", "Edges", "Means of both groups, t and p (corrected for all edges), the largest "
         "|t| first; patterns and weights of the classifiers that see edges."),
        ("predictions", "Predictions", "Each subject's out-of-fold score and probability of the "
         f"second class, {diagnosed.cohort.classes[1]}."),
    ]  # fmt: skip
    there = {"sites": diagnosed.cohort.sites is not None, "edges": EDGES in diagnosed.differences}
    return tables + [
        Table(
            path=below["scores"] if name == "scores" else f"{below['tables']}/{name}.tsv",
            title=title,
            caption=caption,
        )
        for name, title, caption in found
        if there.get(name, True)
    ]


def citations(diagnosed: "Diagnosed | None", params: "Diagnosis | None") -> list[Citation]:
    """Works to cite."""
    works = [DEY, RUBINOV]
    if diagnosed is None or params is None:
        return works
    if params.harmonize:
        works.append(COMBAT)
    if any(MODELS[name].inputs == "tangent" for name in diagnosed.judged):
        works.append(VAROQUAUX)
    return [*works, HAUFE]


def warnings_of(mapped: "Mapped", diagnosed: "Diagnosed | None") -> list[str]:
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
    for name, what in ({} if diagnosed is None else diagnosed.left_out).items():
        told.append(f"{MODELS[name].label}: left out, since the dataset has no {what}.")
    return told
