"""What the manifest says of a screening."""

from typing import TYPE_CHECKING

import numpy as np

from neuro.analyses.screening.analyse import Agreement, Ranked, Result
from neuro.analyses.screening.engine import CONSTANT, FEW, MISSING
from neuro.analyses.screening.stability import expected_false
from neuro.analyses.screening.study import Study
from neuro.io.manifest import Citation, KeyNumber
from neuro.stats.dependence.methods import METHODS

if TYPE_CHECKING:
    from neuro.config.screening import Prediction, Screening

STABLE = 0.9
"""Share of halves from which a feature is called stable."""
_CRITERIA = {
    "mrmr": "largest relevance less mean redundancy with those chosen (mRMR)",
    "jmim": "largest least joint information with any of those chosen (JMIM)",
}
_CITED = {
    "kde": (
        "Wand, M. P. (1994). Fast computation of multivariate kernel estimators. Journal of "
        "Computational and Graphical Statistics 3, 433-445.",
        "https://doi.org/10.1080/10618600.1994.10474656",
    ),
    "knn": (
        "Kraskov, A., Stögbauer, H. & Grassberger, P. (2004). Estimating mutual information. "
        "Physical Review E 69, 066138.",
        "https://doi.org/10.1103/PhysRevE.69.066138",
    ),
    "classes": (
        "Ross, B. C. (2014). Mutual information between discrete and continuous data sets. PLoS "
        "ONE 9, e87357.",
        "https://doi.org/10.1371/journal.pone.0087357",
    ),
    "distance": (
        "Székely, G. J., Rizzo, M. L. & Bakirov, N. K. (2007). Measuring and testing dependence by "
        "correlation of distances. Annals of Statistics 35, 2769-2794.",
        "https://doi.org/10.1214/009053607000000505",
    ),
    "binning": (
        "Birgé, L. & Rozenholc, Y. (2006). How many bins should be put in a regular histogram. "
        "ESAIM: Probability and Statistics 10, 24-45.",
        "https://doi.org/10.1051/ps:2006001",
    ),
    "fdr": (
        "Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the "
        "Royal Statistical Society B 57, 289-300.",
        "https://doi.org/10.1111/j.2517-6161.1995.tb02031.x",
    ),
    "stability": (
        "Shah, R. D. & Samworth, R. J. (2013). Variable selection with error control: another look "
        "at stability selection. Journal of the Royal Statistical Society B 75, 55-80.",
        "https://doi.org/10.1111/j.1467-9868.2011.01034.x",
    ),
    "conditional": (
        "Mesner, O. C. & Shalizi, C. R. (2021). Conditional mutual information estimation for "
        "mixed, discrete and continuous data. IEEE Transactions on Information Theory 67, 464-484.",
        "https://doi.org/10.1109/TIT.2020.3024886",
    ),
    "mrmr": (
        "Peng, H., Long, F. & Ding, C. (2005). Feature selection based on mutual information: "
        "criteria of max-dependency, max-relevance, and min-redundancy. IEEE Transactions on "
        "Pattern Analysis and Machine Intelligence 27, 1226-1238.",
        "https://doi.org/10.1109/TPAMI.2005.159",
    ),
    "jmim": (
        "Bennasar, M., Hicks, Y. & Setchi, R. (2015). Feature selection using joint mutual "
        "information maximisation. Expert Systems with Applications 42, 8520-8532.",
        "https://doi.org/10.1016/j.eswa.2015.07.007",
    ),
    "leak": (
        "Ambroise, C. & McLachlan, G. J. (2002). Selection bias in gene extraction on the basis of "
        "microarray gene-expression data. PNAS 99, 6562-6566.",
        "https://doi.org/10.1073/pnas.102102699",
    ),
}


def key_numbers(
    study: Study, ranked: Ranked, results: list[Result], params: "Screening"
) -> list[KeyNumber]:
    """Numbers that answer the question."""
    n = f"{study.outcome.n} subjects"
    numbers = [
        KeyNumber(name="features", value=study.features.n_features, n=n),
    ]
    found = ranked.score.significance
    if found is not None:
        passing = int(np.sum(found.q <= params.alpha))
        numbers.append(KeyNumber(name=f"features with q ≤ {params.alpha:g}", value=passing, n=n))
        best = int(ranked.score.ranking[0])
        numbers.append(
            KeyNumber(
                name=f"mutual information of the first, {study.names[best]}",
                value=round(float(ranked.estimate[best]), 4),
                unit="nats",
                p=float(found.p_max[best]),
                n=n,
                note="p is family-wise; the first of many is estimated too high",
            )
        )
    if ranked.stability is not None:
        stable = int(np.sum(ranked.stability >= STABLE))
        bound = expected_false(ranked.n_selected, study.features.n_features, STABLE)
        numbers.append(
            KeyNumber(
                name=f"features in {100 * STABLE:.0f} % of the halves",
                value=stable,
                note=f"of which less than {bound:.2g} false ones are expected",
            )
        )
    return numbers + _of_prediction(results, n)


def _of_prediction(results: list[Result], n: str) -> list[KeyNumber]:
    names = {
        "nested": "selected in the training folds",
        "leaky": "selected from all subjects (leaky)",
        "covariates": "covariates alone",
    }
    numbers = [
        KeyNumber(
            name=f"{result.measure}, {names[result.variant]}",
            value=round(result.value, 4),
            interval=(round(result.interval[0], 4), round(result.interval[1], 4)),
            confidence=0.95,
            chance=result.chance,
            p=result.p,
            n=n,
        )
        for result in results
    ]
    by = {(result.variant, result.measure): result for result in results}
    for measure in dict.fromkeys(result.measure for result in results):
        honest, leaky = by["nested", measure], by["leaky", measure]
        note = ""
        if len(leaky.null):
            note = f"on permuted outcomes the leaky {measure} is {leaky.null.mean():.2f} on average"
        numbers.append(
            KeyNumber(
                name=f"inflation of {measure} by the leak",
                value=round(leaky.value - honest.value, 4),
                n=n,
                note=note,
            )
        )
    return numbers


def methods_text(study: Study, ranked: Ranked, params: "Screening") -> list[str]:
    """Paragraphs, made from the parameters."""
    kind = "categories" if study.outcome.categorical else "a quantity"
    score, estimate = METHODS[params.score], METHODS[params.estimate]
    first = (
        f"Each of {study.features.n_features} features was held against {params.outcome!r} "
        f"({kind}) of {study.outcome.n} subjects, on the subjects where it is not missing. "
        f"Features were ranked by the {score.label}, and their mutual information was estimated "
        f"by the method {estimate.label!r}. A score only orders features: the KDE score smooths "
        "densities of normal scores widely, which makes it powerful against weak dependence and "
        "far lower than mutual information; the estimate smooths narrowly, and the mean over "
        "permuted pairs is taken off, so that it may be slightly below zero."
    )
    parts = [first + _adjust_text(study, params)]
    if params.n_permutations:
        parts.append(
            f"p comes from {params.n_permutations} permutations of the outcome. Complete features "
            "without ties have the same null distribution of a score that depends on ranks, and "
            "share all its values; others have their own. q is the false discovery rate after "
            "Benjamini and Hochberg, p_max the family-wise p against the largest score of each "
            "permutation."
        )
    if params.stability_pairs:
        parts.append(
            f"Stability is the share of {2 * params.stability_pairs} halves of the subjects "
            f"(complementary pairs) in which a feature is among the best {ranked.n_selected}."
        )
    if params.prediction is not None:
        parts.append(_prediction_text(params.prediction, study))
    return parts


def _adjust_text(study: Study, params: "Screening") -> str:
    if study.covariates is None:
        return ""
    names = ", ".join(params.covariates)
    if params.adjust == "residualise":
        also = "." if study.outcome.categorical else " and of the outcome."
        return f" The linear part of {names} was taken out of the features{also}"
    return (
        f" What is asked for is the dependence given {names}: by nearest neighbors of features, "
        "outcome and covariates together (`knn`), or as the mean over strata of these categories, "
        "weighted by their subjects (other methods); permutations stay within strata."
    )


def _prediction_text(params: "Prediction", study: Study) -> str:
    model = "logistic regression" if study.outcome.categorical else "linear regression"
    residual = ", what covariates explain linearly" if study.covariates is not None else ""
    chosen = ""
    if params.redundancy is not None:
        chosen = (
            f" Among the {params.n_candidates} best, {_CRITERIA[params.redundancy]} chose features "
            "that say something new."
        )
    return (
        f"Prediction used {model} with a ridge, in {params.n_splits} folds, dealt anew "
        f"{params.n_repeats} times. Imputation by the mean{residual}, scale, the screening and "
        f"the number of features (of {', '.join(map(str, params.n_features))}, by "
        f"{params.inner_splits} inner folds) were learnt in the training folds.{chosen} The leaky "
        "variant chose its features from all subjects before the folds were made, as is often "
        "done; it is shown for what it gains. Intervals are percentiles of 1,000 bootstraps over "
        f"subjects, with the models as they are; p comes from {params.n_permutations} permuted "
        "outcomes with one deal of folds each."
    )


def citations(study: Study, params: "Screening") -> list[Citation]:
    """Works behind what was done."""
    used = {params.score, params.estimate, *params.compare}
    keys = ["kde"] if used & {"kde", "kde_score"} else []
    if "knn" in used:
        keys.append("classes" if study.outcome.categorical else "knn")
    keys += [key for key in ("distance", "binning") if key in used]
    if study.covariates is not None and params.adjust == "conditional" and "knn" in used:
        keys.append("conditional")
    keys += ["fdr"] if params.n_permutations else []
    keys += ["stability"] if params.stability_pairs else []
    if params.prediction is not None:
        keys += [params.prediction.redundancy] if params.prediction.redundancy else []
        keys.append("leak")
    return [Citation(text=_CITED[key][0], url=_CITED[key][1]) for key in keys]


def warnings(study: Study, ranked: Ranked, agreement: Agreement) -> list[str]:
    """What a reader should know."""
    told = list(study.warnings)
    for code, text in (
        (CONSTANT, "constant: their score is 0"),
        (MISSING, "without any value"),
        (FEW, "with too few values"),
    ):
        count = int(np.sum(ranked.score.status == code))
        if count:
            told.append(f"{count} of {study.features.n_features} features are {text}")
    if agreement.overlap.shape[0] > 1 and agreement.overlap[0, 1:].max() < 0.3:
        told.append(
            f"no other method shares more than 30 % of its best {agreement.n_top} features with "
            f"the {METHODS[agreement.methods[0]].label}: the ranking depends on the method"
        )
    return told
