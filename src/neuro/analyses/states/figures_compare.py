"""Figures of models against each other, and of states against behavior."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neuro.analyses.states.analysis import Tuning
from neuro.analyses.states.behavior import Decoded
from neuro.analyses.states.choose import Candidate
from neuro.analyses.states.figures import Floats, Ints, color
from neuro.viz.style import BLUE, GREY, INK, ORANGE, PALE, new_figure

N_SECTORS = 36
LEAST_SHARE = 0.02
"""Of the bins: states that are rarer there have no curve."""
LABELS = {
    "none": "no prior",
    "l1": "L1",
    "hierarchy": "Gaussian hierarchy",
    "onehot": "one-hot",
    "relaxed_onehot": "relaxed one-hot",
    "glm": "one state (GLM)",
    "poisson_hmm": "HMM, independent Poisson",
    "correlation_hmm": "HMM, covariances",
}


def choice_figure(numbers: list[Candidate], models: list[Candidate], chosen: str) -> Figure:
    """Draw bits per spike by the number of states, and by prior and baseline.

    Parameters
    ----------
    numbers, models : list of Candidate
        What was tried.
    chosen : str
        The prior that was chosen.
    """
    figure = new_figure(height=3.6)
    left, right = figure.subplots(1, 2)
    states = [each.n_states for each in numbers]
    low, high = np.transpose([each.interval() for each in numbers])
    left.fill_between(states, low, high, color=PALE, linewidth=0)
    left.plot(states, np.transpose([each.bits for each in numbers]).T, color=GREY, linewidth=0.6)
    left.plot(states, [each.mean for each in numbers], "o-", color=BLUE)
    picked = models[0].n_states
    left.axvline(picked, color=ORANGE, linewidth=1.2, linestyle="--")
    left.set_xticks(states)
    left.set(xlabel="Number of states", ylabel="Gain on unseen blocks (bits/spike)")
    left.set_title("Number of states")
    for row, each in enumerate(models):
        shade = ORANGE if each.name == chosen else INK
        right.plot(each.interval(), [row, row], color=shade)
        right.plot(each.bits, np.full(len(each.bits), row), ".", color=GREY, markersize=4)
        right.plot(each.mean, row, "o", color=shade)
    right.set_yticks(range(len(models)), [LABELS[each.name] for each in models])
    right.invert_yaxis()
    right.set(xlabel="Gain on unseen blocks (bits/spike)")
    right.set_title(f"Models of {picked} states")
    return figure


def behavior_figure(
    name: str,
    values: Floats,
    path: Ints,
    n_states: int,
    decoded: Decoded,
    tuning: Tuning | None,
    weights: Floats,
) -> Figure:
    """Draw what a covariate is in each state, how well it is decoded, and tuning against weights.

    Parameters
    ----------
    name : str
        The covariate.
    values : ndarray, shape (n_bins,)
        The covariate; NaN where unknown.
    path : ndarray of int, shape (n_bins,)
        States.
    n_states : int
        Number of states.
    decoded : Decoded
        Errors.
    tuning : Tuning or None
        For angles that neurons are tuned to.
    weights : ndarray, shape (n_neurons, n_neurons)
        Mean over states.
    """
    figure = new_figure(height=3.5)
    axes = figure.subplots(1, 2 if tuning is None else 3)
    _by_state(axes[0], name, values, path, n_states, decoded.angular)
    _errors(axes[1], decoded)
    if tuning is not None:
        its = np.flatnonzero(tuning.tuned)
        off = ~np.eye(len(its), dtype=bool)
        apart = np.abs(
            np.angle(np.exp(1j * (tuning.direction[its][:, np.newaxis] - tuning.direction[its])))
        )
        axes[2].axhline(0, color=GREY, linewidth=0.8)
        axes[2].plot(np.rad2deg(apart[off]), weights[np.ix_(its, its)][off], "o", color=BLUE,
                     markersize=4, alpha=0.8)  # fmt: skip
        axes[2].set_xticks([0, 90, 180])
        axes[2].set(xlabel="Preferences apart (°)", ylabel="Weight, mean of states")
        axes[2].set_title("Interaction and tuning")
    return figure


def _by_state(
    axes: Axes, name: str, values: Floats, path: Ints, n_states: int, angular: bool
) -> None:
    known = np.isfinite(values)
    shown = np.rad2deg(values[known]) if angular else values[known]
    edges = (
        np.linspace(0, 360, N_SECTORS + 1)
        if angular
        else np.linspace(shown.min(), float(np.quantile(shown, 0.99)), N_SECTORS + 1)
    )
    for state in range(n_states):
        its = shown[path[known] == state]
        if len(its) < LEAST_SHARE * len(shown):
            continue
        density = np.histogram(its, edges)[0] / len(its) / np.diff(edges)
        axes.stairs(density, edges, color=color(state), linewidth=1.5, baseline=None)
    if angular:
        axes.set_xticks([0, 90, 180, 270, 360])
    axes.set(xlabel=name + (" (°)" if angular else ""), ylabel="Density", ylim=(0, None))
    axes.set_yticks([])
    axes.set_title(f"{name.capitalize()} in each state")


def _errors(axes: Axes, decoded: Decoded) -> None:
    scale = 180 / np.pi if decoded.angular else 1.0
    table = np.stack([each * scale for each in decoded.errors.values()])
    for fold in table.T:
        axes.plot(range(len(table)), fold, "-", color=GREY, linewidth=0.7)
    axes.plot(range(len(table)), table.mean(axis=1), "o", color=BLUE, markersize=7)
    labels = [key.replace(" + ", "\n+ ") for key in decoded.errors]
    axes.set_xticks(range(len(table)), labels, fontsize=8)
    axes.set_xlim(-0.4, len(table) - 0.6)
    axes.set_ylabel("Mean error (°)" if decoded.angular else "Unexplained share (1 - R²)")
    axes.set_title("Decoding")
