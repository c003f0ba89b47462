"""Switching states: are networks and states found, how fast, and what does the one-hot prior bring?

`python -m benchmarks.states` measures every claim; `python -m benchmarks.states demo small chain
choose peers mouse scale` some parts only. Single-threaded; CPU seconds.
"""

import os
import sys

os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")})

import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.stats
import torch

from benchmarks._claims import tell
from benchmarks._states_fits import (
    LAYOUT,
    PRIORS,
    SIGMOID,
    each_prior,
    given,
    measures,
    of_fit,
    parts,
    timed,
)
from benchmarks._states_peer import EPOCHS, e_step, fit_peer
from neuro.analyses.states.chain import forward_backward
from neuro.analyses.states.choose import cross_validate, simplest
from neuro.analyses.states.design import Layout, design
from neuro.analyses.states.em import Spec
from neuro.analyses.states.expectation import emission, infer
from neuro.analyses.states.fit import fit
from neuro.analyses.states.history import exponential
from neuro.analyses.states.observations import Observation
from neuro.analyses.states.priors import Hierarchy
from neuro.analyses.states.sequences import gather
from neuro.analyses.states.stream import fit_stream, score_stream
from neuro.datasets.switching import Recipe, simulate

FULL = "--full" in sys.argv
"""Whether the published recipe runs to its end, for its quality too: minutes."""
HEADS = f"{'':26} {'CPU s':>7} {'LL/seq':>10} {'states %':>8} {'weights':>8} {'edges %':>8}"


def demo() -> dict[str, float]:
    """The published demonstration, ours and the published recipe side by side."""
    truth = simulate(Recipe(), 0)
    train, test = parts(truth, 30)
    timed(train.select([0, 1]), "one-hot", 2)  # compiles
    print(f"\ndemonstration, seed 0: 30 training sequences\n{HEADS}")
    best = given(truth.weights, truth.bias, truth.transitions)
    _row("generating model", None, measures(truth, test, best, truth.adjacency, 30))
    rows, seconds = {}, {}
    for name in ("none", "hierarchy", "one-hot"):
        fitted, seconds[name] = timed(train, name, 5)
        rows[name] = of_fit(truth, test, fitted)
        _row(f"ours, {name}", seconds[name], rows[name])
    for name, onehot in (("none", False), ("one-hot", True)):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            peer = fit_peer(truth.counts[:30], exponential(5), 5, onehot, EPOCHS if FULL else 1)
        found = given(peer.weights, peer.bias, peer.transitions)
        label = f"published recipe, {name}"
        seconds[label] = peer.seconds * (1 if FULL else EPOCHS)
        _row(label, seconds[label], measures(truth, test, found, peer.adjacency, 30))
    if not FULL:
        print(f"  of the recipe's {EPOCHS} equal epochs one was run and timed; --full runs all")
    ours = rows["one-hot"]
    return {
        "states.demo_test_ll": ours["ll"],
        "states.demo_test_ll_plain": rows["none"]["ll"],
        "states.demo_weight_error": ours["error"],
        "states.demo_state_accuracy": ours["accuracy"],
        "states.demo_adjacency_accuracy": ours["adjacency"],
        "states.speed_vs_peer_plain": seconds["published recipe, none"] / seconds["none"],
        "states.speed_vs_peer_onehot": seconds["published recipe, one-hot"] / seconds["one-hot"],
    }


def small() -> dict[str, float]:
    """Three training sequences: each prior on ten datasets, paired."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in PRIORS}
    for seed in range(10):
        truth = simulate(Recipe(), seed)
        train, test = parts(truth, 3)
        for name, fitted in each_prior(train, 5, seed).items():
            found[name].append(of_fit(truth, test, fitted))
    print(f"\n3 training sequences, mean of 10 datasets\n{HEADS}")
    for name, each in found.items():
        mean = {key: float(np.mean([one[key] for one in each])) for key in each[0]}
        _row(f"ours, {name}", None, mean)
    lower = {}
    for name in list(PRIORS)[:-1]:
        pair = found["one-hot"], found[name]
        for key, unit in (("ll", "nats/sequence"), ("adjacency", "edges")):
            gain = np.array([a[key] - b[key] for a, b in zip(*pair, strict=True)])
            low, high = _interval(gain)
            print(f"one-hot - {name:10} {gain.mean():9.3f} [{low:.3f}, {high:.3f}] {unit}")
            if key == "ll":
                lower[name] = (float(np.mean([one["ll"] for one in found[name]])), low)
    return {"states.small_data_ll_gain_lower": max(lower.values())[1]}


def scale() -> dict[str, float]:
    """Neurons and bins."""
    print(f"\nscaling, hierarchy, 5 states, 20,000 bins\n{HEADS} peak MB")
    for n in (20, 50, 100, 200):
        # As many inputs to each neuron whatever their number: rates would saturate otherwise.
        some = 4.0 * 2 / n
        recipe = Recipe(n_neurons=n, n_sequences=15, concentration=(some / 2, 2 - some, some / 2))
        truth = simulate(recipe, 0)
        train, test = parts(truth, 10, 10)
        fitted, seconds = timed(train, "hierarchy", 5)
        _row(f"{n} neurons", seconds, of_fit(truth, test, fitted, 10), peak())
    _long()
    return {}


def _long() -> None:
    """A million bins, in parts."""
    truth = simulate(Recipe(n_sequences=510), 1)
    train, test = gather(list(truth.counts[:500])), gather(list(truth.counts[500:]))
    begun = time.process_time()
    batches = [train.select(range(i, i + 20)) for i in range(0, 500, 20)]
    spec = Spec(5, LAYOUT, SIGMOID, Hierarchy())
    fitted = fit_stream(lambda: iter(batches), spec, np.random.default_rng(0), n_passes=1)
    seconds = time.process_time() - begun
    _row("20 neurons, 1e6 bins", seconds, of_fit(truth, test, fitted, 500), peak())
    best = given(truth.weights, truth.bias, truth.transitions)
    ceiling = infer(design(test, LAYOUT), best, SIGMOID).log_likelihood.sum()
    reached = score_stream([test], fitted)
    print(f"  streamed fit is {(ceiling - reached) / 10:.1f} nats/sequence below the truth")


def chain() -> dict[str, float]:
    """Forward-backward against a loop in Python."""
    truth = simulate(Recipe(n_sequences=30), 0)
    made = design(gather(list(truth.counts)), LAYOUT)
    found = given(truth.weights, truth.bias, truth.transitions)
    logs = emission(made, found, SIGMOID)
    begun = time.process_time()
    for _ in range(20):
        forward_backward(logs, made.starts, found.initial, found.transitions)
    ours = (time.process_time() - begun) / 20 / 30
    begun = time.process_time()
    e_step(torch.from_numpy(logs[:2000]).float(), torch.from_numpy(found.transitions).float())
    theirs = time.process_time() - begun
    print(
        f"\nforward-backward of 2,000 bins: {1e3 * ours:.2f} ms; loop: {1e3 * theirs:.0f} ms, ",
        end="",
    )
    print(f"{theirs / ours:.0f} times")
    return {}


def choose() -> dict[str, float]:
    """The number of states of ten simulations, by cross-validation."""
    right = 0
    for seed in range(10):
        n = 2 + seed % 2
        recipe = Recipe(n_states=n, n_neurons=6, n_sequences=6, n_bins=800, strength=12.0)
        sequences = gather(list(simulate(recipe, seed).counts))
        specs = {
            str(s): Spec(s, LAYOUT, SIGMOID, Hierarchy(), n_restarts=3, max_iter=15)
            for s in range(1, 5)
        }
        found = cross_validate(sequences, specs, np.arange(6) % 3, np.random.default_rng(seed))
        right += simplest(found).n_states == n
    print(f"\nnumber of states by cross-validation: right in {right} of 10 simulations")
    return {}


def peers() -> dict[str, float]:
    """States of constant rates: the one case that hmmlearn knows too."""
    try:
        from hmmlearn.hmm import PoissonHMM
    except ImportError:
        print("\nhmmlearn is not installed: no comparison with it")
        return {}
    truth = simulate(Recipe(n_neurons=10, n_sequences=1, n_bins=20_000, n_states=4), 0)
    rng = np.random.default_rng(0)
    rates = rng.gamma(2.0, 0.4, size=(4, 10))
    counts = rng.poisson(rates[truth.states[0]])
    train, test = counts[:15_000], counts[15_000:]
    layout = Layout(shared_bias=False)
    spec = Spec(4, layout, Observation("poisson", "exp"), tol=1e-7, n_restarts=3)
    begun = time.process_time()
    ours = fit(gather([train]), spec, np.random.default_rng(0))
    middle = time.process_time()
    theirs = [PoissonHMM(4, n_iter=60, tol=0.1, random_state=i).fit(train) for i in range(3)]
    best = max(theirs, key=lambda each: each.score(train))
    end = time.process_time()
    mine = ours.log_likelihood(gather([test])).sum()
    print("\nPoisson HMM of 4 states, 10 neurons, 15,000 bins, 3 starts each")
    print(f"ours:     {middle - begun:5.1f} CPU s, test log-likelihood {mine:.1f}")
    print(f"hmmlearn: {end - middle:5.1f} CPU s, test log-likelihood {best.score(test):.1f}")
    return {}


def mouse() -> dict[str, float]:
    """Head-direction cells asleep and awake: bits per spike, epochs, heading."""
    from benchmarks._preprocess_spikes import preprocess
    from neuro.analyses.states.analysis import analyse
    from neuro.analyses.states.recorded import load
    from neuro.analyses.states.texts import key_numbers
    from neuro.config import States

    with tempfile.TemporaryDirectory() as scratch:
        preprocess(Path(scratch))
        (path,) = Path(scratch).glob("*_spikes.h5")
        recorded = load(path, States())
    begun = time.process_time()
    result = analyse(recorded, States(), np.random.default_rng(0))
    print(f"\nmouse: {time.process_time() - begun:.0f} CPU s")
    comparison = result.comparison
    for each in [*comparison.numbers, *comparison.models]:
        low, high = each.interval()
        print(f"  {each.name:16} {each.n_states} states {each.mean:.3f} [{low:.3f}, {high:.3f}]")
    for number in key_numbers([(recorded, result)]):
        where = f" [{number.interval[0]:.3g}, {number.interval[1]:.3g}]" if number.interval else ""
        chance = "" if number.chance is None else f", chance {number.chance:.3f}"
        p = "" if number.p is None else f", p = {number.p:.3f}"
        print(f"  {number.name}: {number.value:.3f} {number.unit}{where}{chance}{p}")
    return {}


def _row(name: str, seconds: float | None, row: dict[str, float], memory: float = 0.0) -> None:
    shown = "" if seconds is None else f"{seconds:.1f}"
    print(
        f"{name:26} {shown:>7} {row['ll']:>10.1f} {100 * row['accuracy']:>8.2f} "
        f"{row['error']:>8.3f} {100 * row['adjacency']:>8.1f}"
        + (f" {memory:7.0f}" if memory else ""),
        flush=True,
    )


def _interval(values: np.ndarray) -> tuple[float, float]:
    """Student's interval of a mean."""
    half = scipy.stats.sem(values) * scipy.stats.t.ppf(0.975, len(values) - 1)
    return float(values.mean() - half), float(values.mean() + half)


def peak() -> float:
    """Most memory so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


PARTS: dict[str, Callable[[], dict[str, float]]] = {
    part.__name__: part for part in (demo, small, chain, choose, peers, mouse, scale)
}


def main(names: list[str]) -> int:
    torch.set_num_threads(1)
    values: dict[str, float] = {}
    for name in [name for name in names if name in PARTS] or PARTS:
        values |= PARTS[name]()
    if not values:  # parts without claims leave the claims' file alone
        return 0
    return 0 if tell("states", values) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
