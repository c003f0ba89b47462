"""The paper's datasets, starts together and alone, and nemos beside ours."""

import time
from dataclasses import replace

import numpy as np

from benchmarks._states_fits import (
    HEADS,
    LAYOUT,
    PRIORS,
    SIGMOID,
    given,
    measures,
    of_fit,
    parts,
    show,
    timed,
)
from benchmarks._states_nemos import fit_nemos
from neuro.analyses.states.design import design
from neuro.analyses.states.em import Spec, em, em_from
from neuro.analyses.states.expectation import infer
from neuro.analyses.states.fit import fit, hold_out
from neuro.analyses.states.metrics import balanced_accuracy, state_accuracy
from neuro.analyses.states.onehot import OneHot
from neuro.analyses.states.priors import Hierarchy
from neuro.analyses.states.sequences import Sequences
from neuro.analyses.states.starts import start
from neuro.datasets.switching import PAPER, Recipe, simulate


def of_paper(n_datasets: int) -> None:
    """Datasets of the paper's recipe, seeds from 0 on."""
    print(
        f"\nthe paper's recipe: {n_datasets} datasets, means; 10 sequences of 5,000 bins to train"
    )
    print(HEADS + " prior %")
    rows: dict[str, list[dict[str, float]]] = {}
    for seed in range(n_datasets):
        truth = simulate(PAPER, seed)
        train, test = parts(truth, 10, 10)
        best = given(truth.weights, truth.bias, truth.transitions)
        row = measures(truth, test, best, truth.adjacency, 10)
        rows.setdefault("generating model", []).append(row | {"prior": 1.0, "seconds": np.nan})
        for name in ("none", "hierarchy", "one-hot"):
            fitted, seconds = timed(train, name, 5, seed)
            row = of_fit(truth, test, fitted, 10) | {"seconds": seconds, "prior": np.nan}
            if isinstance(fitted.prior, OneHot) and fitted.prior.probabilities is not None:
                most = fitted.prior.probabilities.argmax(0).T - 1
                row["prior"] = balanced_accuracy(truth.probabilities.argmax(-1) - 1, most)
            rows.setdefault(f"ours, {name}", []).append(row)
    for name, each in rows.items():
        mean = {key: float(np.mean([row[key] for row in each])) for key in each[0]}
        show(name, None if np.isnan(mean["seconds"]) else mean["seconds"], mean)
        if np.isfinite(mean["prior"]):
            print(f"{'':26} shared probabilities of edges, balanced: {100 * mean['prior']:.1f} %")


def together() -> None:
    """Twelve iterations from four starts, together and one after the other."""
    truth = simulate(Recipe(), 0)
    train, _ = parts(truth, 30)
    spec = Spec(5, LAYOUT, SIGMOID, Hierarchy(variance=0.1), max_iter=12, tol=0.0)
    rng = np.random.default_rng(0)
    seen, _ = hold_out(train, rng)
    made = design(seen, LAYOUT)
    kinds = ("residual", "counts", "random", "residual")
    starts = [start(kind, made, 5, SIGMOID, rng) for kind in kinds]
    costs: dict[str, list[float]] = {"together": [], "alone": []}
    for _ in range(5):
        begun = time.process_time()
        em_from(made, starts, spec)
        middle = time.process_time()
        for first in starts:
            em(made, first, spec)
        costs["together"].append(middle - begun)
        costs["alone"].append(time.process_time() - middle)
    best = {name: min(each) for name, each in costs.items()}
    print("\nfour starts, 12 iterations, 6,000 bins, best of 5 runs:", end=" ")
    print(f"together {best['together']:.2f} CPU s, one after the other {best['alone']:.2f} CPU s")


def beside_nemos(folder: str, n_train: int = 3, n_test: int = 20) -> None:
    """Demonstration's first sequences: nemos from two starts, ours from as many."""
    truth = simulate(Recipe(), 0)
    train, test = parts(truth, n_train)
    test = test.select(range(n_test))
    layout = replace(LAYOUT, shared_bias=False)
    theirs = fit_nemos(
        folder,
        {
            **_arrays(train, ""),
            **_arrays(test, "test_"),
            "n_states": np.array(5),
        },
    )
    timed(train.select([0, 1]), "none", 2)  # compiles
    states = truth.states[30 : 30 + n_test].ravel()
    print(f"\n{n_train} training, {n_test} test sequences; 5 states, bias of each state")
    print(
        f"{'':34} {'CPU s':>7} {'iterations':>10} {'train LL':>10} {'test LL':>10} {'states %':>8}"
    )
    for i, reached in enumerate(theirs.test):
        name = f"nemos {theirs.version}, {'its own start' if i == 0 else 'random start'}"
        found = given(theirs.weights[i].mT, np.zeros(20), theirs.transitions[i])
        table = np.concatenate([theirs.weights[i], theirs.bias[i][:, None]], axis=1)
        found = _with_table(found, table, theirs.initial[i])
        posterior = infer(design(test, layout), found, SIGMOID)
        assert abs(posterior.log_likelihood.sum() - reached) < 1e-6 * abs(reached)
        path = posterior.states.argmax(axis=1)
        _compared(
            *(name, theirs.seconds[i], int(theirs.iterations[i])),
            *(theirs.train[i] / n_train, reached / n_test, state_accuracy(states, path, 5)),
        )
    for name in ("none", "hierarchy", "one-hot"):
        _ours(name, Spec(5, layout, SIGMOID, PRIORS[name], n_restarts=2), train, test, states)


def _ours(name: str, spec: Spec, train: Sequences, test: Sequences, states: np.ndarray) -> None:
    begun = time.process_time()
    fitted = fit(train, spec, np.random.default_rng(0))
    seconds = time.process_time() - begun
    found = fitted.posterior(test)
    reached = fitted.log_likelihood(train).mean(), found.log_likelihood.mean()
    accuracy = state_accuracy(states, found.states.argmax(axis=1), spec.n_states)
    label = f"ours, best of 2 starts, {name}"
    _compared(label, seconds, len(fitted.trace), *reached, accuracy)


def _arrays(sequences: Sequences, prefix: str) -> dict[str, np.ndarray]:
    new = np.isin(np.arange(sequences.n_bins), sequences.starts[:-1])
    features = design(sequences, LAYOUT).features[:, : sequences.n_neurons].numpy()
    return {f"{prefix}x": features, f"{prefix}y": sequences.counts, f"{prefix}new": new}


def _with_table(found, table: np.ndarray, initial: np.ndarray):
    import torch

    weights = torch.from_numpy(np.ascontiguousarray(table))
    return replace(found, weights=weights, shared=weights[0, :0], initial=initial)


def _compared(
    name: str, seconds: float, n: int, train: float, test: float, accuracy: float
) -> None:
    print(f"{name:34} {seconds:>7.1f} {n:>10} {train:>10.1f} {test:>10.1f} {100 * accuracy:>8.2f}")
