"""What a fusion has to say: key numbers, methods, warnings, captions."""

from typing import TYPE_CHECKING

from neuro.analyses.fusion.analysis import OWN, Analysis
from neuro.analyses.fusion.methods import METHODS
from neuro.io.manifest import Citation, Figure, KeyNumber, Table

if TYPE_CHECKING:
    from neuro.config.fusion import Fusion, FusionGroups

QUESTION = "Do both modalities together tell the groups apart better than either, or any plain way?"
AREA = "area under the ROC curve"


def key_numbers(found: Analysis, truth: dict[str, float]) -> list[KeyNumber]:
    """The model, the best other, the gain; and what is known of simulated people."""
    labels = found.fitted.cohort.labels
    assert labels is not None
    names = found.fitted.cohort.classes
    n = f"{int((~labels).sum())} {names[0]}, {int(labels.sum())} {names[1]}"
    own = found.judged[OWN]
    numbers = [
        KeyNumber(name=f"Fusion: {AREA}", value=own.auroc, interval=own.interval, confidence=0.95,
                  chance=0.5, p=found.p, n=n),
    ]  # fmt: skip
    if (best := found.best_other) is not None:
        card = found.judged[best]
        numbers.append(
            KeyNumber(name=f"Best other ({METHODS[best]}): {AREA}", value=card.auroc,
                      interval=card.interval, confidence=0.95, chance=0.5)
        )  # fmt: skip
        if card.difference is not None:
            numbers.append(
                KeyNumber(name="Gain on the best other, paired", value=card.difference,
                          interval=card.difference_interval, confidence=0.95, chance=0.0,
                          note="which is the best was seen in the same data")
            )  # fmt: skip
    numbers.append(
        KeyNumber(name="Calibration error of probabilities", value=own.calibration_error)
    )
    told = {
        "oracle": "Oracle: area of the true odds",
        "regions": "Ranking of planted regions by the map",
        "pairs": "Ranking of planted connections by the map",
    }
    numbers += [
        KeyNumber(name=told[key], value=value, chance=0.5, unit="") for key, value in truth.items()
    ]
    return numbers


def methods(found: Analysis, settings: "Fusion", asked: "FusionGroups") -> list[str]:
    """Paragraphs from the actual settings."""
    cohort, plan = found.fitted.cohort, found.fitted.plan.encoder
    views = ", ".join(view.name for view in cohort.views)
    by = "sites" if asked.group_by == "site" else "subjects"
    confounds = ", ".join(asked.confounds)
    made = ""
    if any(cohort.of("function", "edges")):
        made += " Correlations were Fisher-transformed."
    if any(cohort.of("structure", "edges")) and getattr(asked, "counts", False):
        made += " Of counts log(1 + x) was taken."
    if asked.incomplete == "impute":
        made += " Values that people lack took the mean of others."
    deleted = "Deleted regions and connections take the training subjects' mean."
    return [
        f"{len(cohort)} people with {views} of {len(cohort.regions)} regions.{made} "
        f"{len(found.fitted.folds)} outer and {asked.n_inner} inner folds by {by}; all methods "
        "have the same folds, and both groups weigh the same however large they are."
        + (f" Regressed out in training: {confounds}." if confounds else ""),
        *(_branch(found) if found.chosen else _model(found, settings)),
        f"Log-odds are linear in the terms; heads stop early by an inner fold. Scores are the mean "
        f"of {plan.n_encoders} encoders x {asked.n_inner} heads of {found.fitted.n_parameters} "
        "parameters each.",
        "Areas count pairs of subjects of the same fold. Intervals and paired differences are from "
        "2,000 bootstrap samples of subjects, the models as they are. Probabilities are Platt's, "
        "from inner folds. "
        + (
            f"p is from {settings.n_permutations} permutations of labels, heads trained anew; "
            "encoders see no labels."
            if settings.n_permutations
            else ""
        ),
        f"The map masks each network; what that does to the log-odds is the weight of its regions. "
        f"{deleted}"
        if found.chosen
        else "The Synergistic Activation Map masks each network in function, in structure, and in "
        "both; what is left by inclusion and exclusion is the weight of its regions, and pairs of "
        f"them. {deleted}",
    ]


def _model(found: Analysis, settings: "Fusion") -> list[str]:
    plan = found.fitted.plan.encoder
    aligned = " and ".join(settings.alignments) or "nothing"
    return [
        f"The model: {plan.n_networks} networks, {'nonnegative ' if plan.nonnegative else ''}"
        f"weights of regions{' that both modalities share' if plan.shared else ''}. A network's "
        "state is its weighted sum of a map, w'x, or of a matrix, w'Cw. Networks were learned "
        f"without labels, by InfoNCE over subjects (temperature {plan.temperature:g}) that aligns "
        f"{aligned}; {plan.n_steps} steps of Adam, {100 * plan.dropout:.0f} % of regions dropped "
        f"at each. Terms of the log-odds: {' and '.join(settings.interactions)}."
    ]


def _branch(found: Analysis) -> list[str]:
    names = list(dict.fromkeys(found.chosen))
    told = "; ".join(f"{name} ({found.chosen.count(name)})" for name in names)
    return [
        "The model of one modality: additive terms of networks' states, which are weighted sums of "
        "maps, w'x, or of matrices, w'Cw. Which networks, and which penalty, each outer fold chose "
        f"by the area in its inner folds: {told}."
    ]


def warnings_of(found: Analysis) -> list[str]:
    """What a reader must know."""
    cohort = found.fitted.cohort
    told = []
    if cohort.left_out:
        some = [f"{who} {why}" for who, why in list(cohort.left_out.items())[:10]]
        more = f", and {len(cohort.left_out) - 10} more" if len(cohort.left_out) > 10 else ""
        told.append(f"Left out: {'; '.join(some)}{more}.")
    if not found.chosen and not (has := cohort.present).all():
        lacking = [str(who) for who in cohort.subjects[~has.all(axis=1)]]
        told.append(
            f"{len(lacking)} people lack a modality and have the mean state of it: "
            f"{', '.join(lacking[:10])}{' ...' if len(lacking) > 10 else ''}."
        )
    for why in dict.fromkeys(found.left_out.values()):
        names = [METHODS[name] for name, own in found.left_out.items() if own == why]
        told.append(f"Not used, {why}: {'; '.join(names)}.")
    if found.chosen:
        told.append(
            "There is one modality: nothing interacts. The map is of what masking a network does "
            "to the log-odds."
        )
    if not any(found.activation.alone.values()):
        told.append("The model's log-odds have no synergy: the map is empty.")
    return told


CITATIONS = [
    Citation(
        text="After HA-HI: hierarchical alignment and interaction of dual MRI (2024). "
        "arXiv:2401.06780.",
        url="https://arxiv.org/abs/2401.06780",
    ),
    Citation(text="van den Oord A, Li Y, Vinyals O (2018). arXiv:1807.03748 (InfoNCE)."),
    Citation(text="Wang B et al. (2014). Nature Methods 11:333-337 (similarity network fusion)."),
]


def figures_of(found: Analysis) -> dict[str, Figure]:
    """Captions by file name."""
    planted = "Orange: planted." if found.fitted.cohort.positions is not None else ""
    told = {
        "methods": (
            "Methods",
            "Left: area of each method with 95 % interval; gray bar: 95 % of areas with permuted "
            "labels; dashed: chance. Right: what fusion gains on each, paired.",
            f"Areas of {len(found.judged)} methods.",
        ),
        "prediction": (
            "ROC and calibration",
            "Left: mean ROC curves over folds. Right: frequency in fifths of the subjects by "
            "predicted probability, with 95 % interval.",
            "ROC curves of fusion and the best other; calibration.",
        ),
        "map": (
            "Synergistic Activation Map",
            "Dots: regions; lines, the wider the higher: the 30 highest connections; right: the "
            "highest regions. Circles "
            f"and orange bars: what was planted, where that is known. {planted}".strip(),
            "Regions and connections whose networks both modalities need.",
        ),
        "deletion": (
            "Deletion",
            "Area as regions, or connections, are deleted in all inputs, in the map's order, in "
            "the reverse, and at random. Dashed: chance; gray band: 95 % of areas with permuted "
            "labels. "
            + "Correlation of the map with those of randomized models: "
            + ", ".join(f"{name} {value:.2f}" for name, value in found.sanity.items())
            + ".",
            "Curves of area over deleted share.",
        ),
    }
    if found.variants:
        told["ablation"] = (
            "Ablation",
            "Change of the area when one term is switched, paired, with 95 % interval."
            if not found.chosen
            else "Change of the area where every fold takes the same networks, without a choice.",
            f"Changes of {len(found.variants)} variants.",
        )
    return {
        name: Figure(path="-", title=title, caption=caption, alt=alt)
        for name, (title, caption, alt) in told.items()
    }


def tables_of(below: dict[str, str], found: Analysis) -> list[Table]:
    """Tables with their captions."""
    connections = [
        Table(path=f"{below['tables']}/connections.tsv", title="Connections",
              caption="The 200 highest connections.")
    ]  # fmt: skip
    tables = [
        Table(path=below["scores"], title="Scores", caption="All methods; gain: of fusion."),
        Table(path=f"{below['tables']}/regions.tsv", title="Regions",
              caption="Activation of each region, 1 the highest."),
        *(connections if found.activation.pairs else []),
        Table(path=f"{below['tables']}/predictions.tsv", title="Predictions",
              caption="Fold, score and probability of each subject."),
    ]  # fmt: skip
    if found.variants:
        tables.append(Table(path=f"{below['tables']}/ablation.tsv", title="Ablation",
                            caption="Each term switched; gain: of the model."))  # fmt: skip
    return tables
