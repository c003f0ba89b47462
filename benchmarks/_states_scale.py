"""Neurons and bins: CPU seconds, memory and accuracy of one fit, each in a process of its own."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

KEYS = ("seconds", "memory", "accuracy", "adjacency", "error")
SEQUENCE, PART, TEST = 2000, 20, 10
"""Bins of a sequence, sequences of a part of a stream, sequences to test."""
NEURONS = (20, 50, 100, 200)
BINS = (20_000, 100_000, 1_000_000)
STREAMED = 200_000
"""From so many bins on the fit goes part by part."""


def scaling() -> None:
    """Print a table, and the slopes of its logarithms."""
    for title, sizes in {
        "neurons, 20,000 bins": [(n, BINS[0]) for n in NEURONS],
        "bins, 20 neurons": [(NEURONS[0], t) for t in BINS],
    }.items():
        print(f"\nscaling with {title}: 5 states, hierarchy, 4 starts")
        print(f"{'':>10} {'CPU s':>8} {'MB':>7} {'states %':>9} {'edges %':>8} {'weights':>8}")
        rows = []
        for size in sizes:
            rows.append(_alone(*size))
            value = size[0] if "neurons," in title else size[1]
            row = rows[-1]
            print(
                f"{value:>10} {row['seconds']:>8.1f} {row['memory']:>7.0f} "
                f"{100 * row['accuracy']:>9.2f} {100 * row['adjacency']:>8.1f} "
                f"{row['error']:>8.3f}" + (f"  {row['note']}" if row["note"] else ""),
                flush=True,
            )
        at = np.log([size[0] if "neurons," in title else size[1] for size in sizes])
        told = [
            f"{key} {np.polyfit(at, np.log([r[key] for r in rows]), 1)[0]:.2f}" for key in KEYS[:2]
        ]
        print(f"  slopes of the logarithms: {', '.join(told)}")


def _alone(n_neurons: int, n_bins: int) -> dict:
    """Measure in a fresh process: its peak memory is that of this fit."""
    command = [sys.executable, "-m", "benchmarks._states_scale", str(n_neurons), str(n_bins)]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1]
    )
    return json.loads(done.stdout.splitlines()[-1])


def _measure(n_neurons: int, n_bins: int) -> dict:
    import resource

    import torch

    from benchmarks._states_fits import LAYOUT, SIGMOID, given, of_fit, timed
    from neuro.analyses.states.design import design
    from neuro.analyses.states.em import Spec
    from neuro.analyses.states.expectation import infer
    from neuro.analyses.states.priors import Hierarchy
    from neuro.analyses.states.sequences import gather
    from neuro.analyses.states.stream import fit_stream
    from neuro.datasets.switching import Recipe, simulate

    torch.set_num_threads(1)
    # As many inputs to each neuron whatever their number: rates would saturate otherwise.
    some = 4.0 * 2 / n_neurons
    n = n_bins // SEQUENCE
    recipe = Recipe(
        n_neurons=n_neurons,
        n_sequences=n + TEST,
        concentration=(some / 2, 2 - some, some / 2),
    )
    truth = simulate(recipe, 0)
    train, test = gather(list(truth.counts[:n])), gather(list(truth.counts[n:]))
    warm = simulate(Recipe(n_neurons=4, n_sequences=3, n_bins=200), 0)
    timed(gather(list(warm.counts)), "hierarchy", 2)  # compiles
    spec = Spec(5, LAYOUT, SIGMOID, Hierarchy())
    begun = time.process_time()
    if n_bins < STREAMED:
        fitted, seconds = timed(train, "hierarchy", 5)
    else:
        parts = [train.select(range(i, min(i + PART, n))) for i in range(0, n, PART)]
        fitted = fit_stream(lambda: iter(parts), spec, np.random.default_rng(0), n_passes=1)
        seconds = time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    best = given(truth.weights, truth.bias, truth.transitions)
    ceiling = infer(design(test, LAYOUT), best, SIGMOID).log_likelihood.mean()
    row = of_fit(truth, test, fitted, n)
    note = f"{ceiling - row['ll']:.1f} nats per test sequence below the truth"
    note += ", streamed" if n_bins >= STREAMED else ""
    return row | {"seconds": seconds, "memory": peak, "note": note}


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    print(json.dumps(_measure(int(sys.argv[1]), int(sys.argv[2]))))
