"""From results to figures in a folder, with captions and alternative texts."""

from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.states.analysis import Result
from neuro.analyses.states.figures import (
    Timeline,
    dynamics_figure,
    networks_figure,
    timeline_figure,
)
from neuro.analyses.states.figures_compare import behavior_figure, choice_figure
from neuro.analyses.states.recorded import Recorded
from neuro.io.manifest import Figure
from neuro.viz.style import save_svg

DETAIL = 60.0
"""Length of the part shown enlarged, s."""


def draw(recorded: Recorded, result: Result, folder: Path, relative: str) -> list[Figure]:
    """Draw all figures of a recording.

    Parameters
    ----------
    recorded : Recorded
        The recording.
    result : Result
        What was found.
    folder : Path
        Where to.
    relative : str
        That folder as the manifest names it.

    Returns
    -------
    figures : list of Figure
        With captions.
    """
    label, n = recorded.label, result.n_states
    order = _order(recorded, result)
    nets = result.networks
    regions = [recorded.regions[i] for i in order]
    sorted_ = np.ix_(order, order)
    classes = result.fitted.prior.__class__.__name__
    title = "P(exc) - P(inh)" if classes == "OneHot" else "Mean of states"
    figures = []

    def keep(name: str, drawn, heading: str, caption: str, alt: str) -> None:  # type: ignore[no-untyped-def]
        path = f"{label}_{name}.svg"
        save_svg(drawn, folder / path)
        figures.append(
            Figure(path=f"{relative}/{path}", title=f"{heading}: {label}", caption=caption, alt=alt)
        )

    keep(
        "states",
        timeline_figure(_timeline(recorded, result, order)),
        "States, spikes and behavior",
        f"Probability of each of {n} states, counts of each neuron (darkest at its own highest; by "
        "region and preferred angle), and behavior in the color of the most probable state. Left: "
        "the whole recording; right: a part of it.",
        f"Bands of {n} colors over time above a raster of spikes.",
    )
    keep(
        "networks",
        networks_figure(
            nets.weights[:, order][:, :, order],
            nets.shared[sorted_],
            title,
            nets.p[sorted_],
            regions,
        ),
        "Networks of the states",
        "Weight of each source's past for each target, by state (red: excites; blue: inhibits), "
        f"and the graph that states share ({title}). Dots: edges that change between states "
        "(p <= .05, corrected over all edges).",
        f"{len(nets.weights)} matrices of weights and one of the shared graph.",
    )
    shares = {
        str(name): result.states[recorded.epochs == name].mean(axis=0)
        for name in dict.fromkeys(recorded.epochs.tolist())
    }
    keep(
        "dynamics",
        dynamics_figure(result.fitted.parameters.transitions, result.dwell, recorded.width, shares),
        "Dynamics of the states",
        "Probability of going from state to state, per bin (staying: in numbers); durations of "
        "visits along the most probable path; share of time of each state in each kind of epoch.",
        "A matrix of transitions, curves of durations, stacked bars.",
    )
    keep(
        "choice",
        choice_figure(result.comparison.numbers, result.comparison.models, result.comparison.prior),
        "Number of states and prior",
        "Gain over constant rates on blocks not seen in fitting, bits per spike. Left: by "
        "the number of states under the Gaussian hierarchy; band: 95 % interval of the mean over "
        "folds; gray: each fold; dashed: chosen. Right: priors and baselines at this number; "
        "orange: chosen. The HMM with covariances is scored by the Poisson likelihood of the "
        "counts that it predicts.",
        "A curve with a band, and dots with intervals.",
    )
    for name, decoded in result.decoded.items():
        keep(
            f"behavior_{name}",
            behavior_figure(
                name,
                recorded.covariates[name],
                result.path,
                n,
                decoded,
                result.tuning.get(name),
                nets.weights.mean(axis=0),
            ),
            f"States and {name}",
            f"Distribution of {name} in each state that holds at least 2 % of the bins where it "
            "is known; error of decoding it from unseen blocks "
            "(gray: folds), where past means the counts of the last half second"
            + (
                "; weights of pairs of tuned neurons by the angle between their preferences."
                if name in result.tuning
                else "."
            ),
            f"Curves of {name} by state, dots of decoding errors.",
        )
    return figures


def _order(recorded: Recorded, result: Result) -> NDArray[np.int64]:
    """Neurons by region, then by preferred angle."""
    rank = {region: i for i, region in enumerate(dict.fromkeys(recorded.regions))}
    regions = np.array([rank[region] for region in recorded.regions])
    angle = next((each.direction for each in result.tuning.values()), np.arange(len(regions)))
    return np.lexsort((angle, regions))


def _timeline(recorded: Recorded, result: Result, order: NDArray[np.int64]) -> Timeline:
    starts = recorded.whole.starts
    epochs = [
        (
            float(recorded.times[a] - recorded.width / 2),
            float(recorded.times[b - 1] + recorded.width / 2),
            str(recorded.epochs[a]),
        )
        for a, b in pairwise(starts.tolist())
    ]
    names = [f"{recorded.regions[i]} {recorded.whole.names[i]}".strip() for i in order]
    return Timeline(
        times=recorded.times,
        states=result.states,
        path=result.path,
        counts=recorded.whole.counts[:, order],
        names=names,
        epochs=epochs,
        covariates=recorded.covariates,
        angles=recorded.angles,
        detail=_detail(recorded),
    )


def _detail(recorded: Recorded) -> tuple[float, float]:
    """The stretch with most behavior known, then most spikes."""
    n = max(1, min(round(DETAIL / recorded.width), int(recorded.whole.lengths.max())))
    known = np.zeros(len(recorded.times))
    for values in recorded.covariates.values():
        known += np.isfinite(values)
    spikes = recorded.whole.counts.sum(axis=1)
    total = np.concatenate([[0.0], np.cumsum(known * (1 + spikes.sum()) + spikes)])
    best, where = -1.0, 0
    for a, b in zip(recorded.whole.starts[:-1], recorded.whole.starts[1:], strict=True):
        if b - a >= n:
            sums = total[a + n : b + 1] - total[a : b - n + 1]
            if sums.max() > best:
                best, where = float(sums.max()), int(a + sums.argmax())
    return float(recorded.times[where]), float(recorded.times[where + n - 1])
