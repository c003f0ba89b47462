"""What the manifest says: key numbers, methods, warnings, citations."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from neuro.analyses.states.analysis import Result
from neuro.analyses.states.choose import least_bic
from neuro.analyses.states.figures_compare import LABELS
from neuro.analyses.states.recorded import Recorded
from neuro.io.manifest import Citation, KeyNumber

if TYPE_CHECKING:
    from neuro.config.states import States

CITATIONS = [
    Citation(
        text="Li C, Kim SH, Rodgers C, Choi H, Wu A (2024). One-hot generalized linear model for "
        "switching brain state discovery. International Conference on Learning Representations.",
        url="https://arxiv.org/abs/2310.15263",
    ),
    Citation(
        text="Escola S, Fontanini A, Katz D, Paninski L (2011). Hidden Markov models for the "
        "stimulus-response relationships of multistate neural systems. Neural Computation, 23(5), "
        "1071-1132.",
        url="https://doi.org/10.1162/NECO_a_00118",
    ),
    Citation(
        text="Vinh NX, Epps J, Bailey J (2010). Information theoretic measures for clusterings "
        "comparison. Journal of Machine Learning Research, 11, 2837-2854.",
    ),
]


def key_numbers(parts: Sequence[tuple[Recorded, Result]]) -> list[KeyNumber]:
    """Numbers of all recordings."""
    return [number for part in parts for number in _of(*part, several=len(parts) > 1)]


def _of(recorded: Recorded, result: Result, *, several: bool) -> list[KeyNumber]:
    end = f", {recorded.label}" if several else ""
    chosen = next(c for c in result.comparison.models if c.name == result.comparison.prior)
    baseline = next(c for c in result.comparison.models if c.name == "glm")
    numbers = [
        KeyNumber(
            name=f"number of states{end}",
            value=result.n_states,
            n=f"of {', '.join(str(c.n_states) for c in result.comparison.numbers)}",
            note=f"prior: {LABELS[chosen.name]}",
        ),
        KeyNumber(
            name=f"gain over constant rates{end}",
            value=chosen.mean,
            unit="bits/spike",
            interval=chosen.interval(),
            confidence=0.95,
            chance=0.0,
            n=f"{len(chosen.bits)} folds of unseen blocks",
            note=f"one state: {baseline.mean:.3f}",
        ),
    ]
    agreements = {} if result.epochs is None else {"epochs": result.epochs}
    for name, each in (agreements | result.covariates).items():
        numbers.append(
            KeyNumber(
                name=f"states and {name}, adjusted mutual information{end}",
                value=each.value,
                chance=each.chance,
                p=each.p,
                n=f"{len(each.null)} circular shifts",
            )
        )
    for name, decoded in result.decoded.items():
        scale, unit = (180 / np.pi, "°") if decoded.angular else (1.0, "of variance")
        for without in ("spikes", "spikes + past"):
            mean, low, high = decoded.gain(f"states + {without}", without)
            error = decoded.errors[f"states + {without}"].mean() * scale
            numbers.append(
                KeyNumber(
                    name=f"{name} decoded from states + {without}, error less than from {without} "
                    f"alone{end}",
                    value=mean * scale,
                    unit=unit,
                    interval=(low * scale, high * scale),
                    confidence=0.95,
                    chance=0.0,
                    n=f"{len(decoded.errors[without])} folds, {decoded.n_bins} bins",
                    note=f"error with states {error:.3g} {unit}",
                )
            )
    numbers.append(
        KeyNumber(
            name=f"edges that change between states{end}",
            value=float((result.networks.p <= 0.05).sum()),
            n=f"of {result.networks.p.size}, p <= .05 corrected",
        )
    )
    if result.anatomy is not None:
        numbers.append(
            KeyNumber(
                name=f"size of weights within regions less that between them{end}",
                value=result.anatomy.difference,
                chance=0.0,
                p=result.anatomy.p,
                n=f"{result.anatomy.n_within} and {result.anatomy.n_between} pairs",
            )
        )
    for name, tuning in result.tuning.items():
        numbers.append(
            KeyNumber(
                name=f"weights and likeness of preferred {name}, Spearman's rho{end}",
                value=tuning.correlation,
                chance=0.0,
                p=tuning.p,
                n=f"{int(tuning.tuned.sum())} tuned neurons",
            )
        )
    return numbers


def paragraphs(parts: Sequence[tuple[Recorded, Result]], settings: "States") -> list[str]:
    """Methods, made from the actual parameters."""
    widths = sorted({recorded.width for recorded, _ in parts})
    bins = " or ".join(f"{1000 * width:g} ms" for width in widths)
    history = settings.history
    past = {
        "none": "No history entered.",
        "exponential": "The past of every neuron entered through a function of the lag that falls "
        f"exponentially (time constant {history.decay:g} s, {history.length:g} s in all).",
        "raised_cosine": f"The past of every neuron entered through {history.n_functions} raised "
        f"cosines of the lag ({history.length:g} s in all).",
    }[history.basis]
    bias = "shared by all states" if settings.shared_bias else "of each state"
    return [
        f"Counts in bins of {bins} were described by a hidden Markov model whose states are "
        f"generalized linear models ({settings.family} observations, {settings.link} link, bias "
        f"{bias}; Escola et al., 2011; Li et al., 2024). {past}",
        "Models were fitted by expectation-maximization pooled over all stretches: exact forward-"
        "backward, transitions in closed form, and a step of Fisher scoring for the weights, from "
        f"{settings.n_restarts} starts (clusters of residuals or counts, random weights) of which "
        "the one that predicts data left out best was followed.",
        "Priors of the weights: none; L1; a Gaussian around weights that states share, whose "
        "variance is learned; one-hot, in which an edge excites, inhibits or is absent with "
        "probabilities that states share, all learned, with the posterior approximated by one "
        "factor per edge (the limit of zero temperature of Li et al.'s relaxation).",
        _choice(settings),
        "The relation of states to epochs and covariates is the adjusted mutual information (Vinh "
        f"et al., 2010) against {settings.n_shifts} circular shifts of the states. Changes of "
        "edges between states were tested by the same shifts, with the largest change over all "
        "edges as statistic. Covariates were decoded by ridge regression from square roots of "
        "counts, their past and states, on blocks that neither decoder nor states had seen.",
    ]


def _choice(settings: "States") -> str:
    unseen = f"the gain over constant rates on unseen blocks ({settings.n_folds} folds)"
    if settings.criterion == "bic":
        return (
            "The number of states was chosen by BIC (mean over the folds' training data), the "
            f"prior by {unseen}."
        )
    return (
        f"The number of states and the prior were chosen by {unseen}: the fewest states within one "
        "standard error of the best, then the prior with the highest mean. BIC is in the table."
    )


def warnings_of(parts: Sequence[tuple[Recorded, Result]]) -> list[str]:
    """What a reader should know."""
    found = []
    for recorded, result in parts:
        numbers = [candidate.n_states for candidate in result.comparison.numbers]
        if len(numbers) > 1 and result.n_states == max(numbers):
            bic = least_bic(result.comparison.numbers).n_states
            found.append(
                f"{recorded.label}: the largest number of states that was tried, {max(numbers)}, "
                f"was chosen, and BIC is least with {bic}; more may predict better still "
                "(`states.numbers`), but of a continuum, e.g. a heading, they cut finer pieces "
                "(`states.criterion`)"
            )
        found += [f"{recorded.label}: {text}" for text in result.fitted.warnings]
    return found
