"""What is kept of a recording's states: arrays, and scores as rows of a table."""

from typing import Any

import numpy as np
import pandas as pd

from neuro.analyses.states.analysis import Result
from neuro.analyses.states.behavior import INPUTS
from neuro.analyses.states.recorded import Recorded
from neuro.io.hdf5 import Array


def arrays_of(recorded: Recorded, result: Result) -> dict[str, Array]:
    """Arrays of a recording by name, below its label."""
    fitted, nets = result.fitted, result.networks
    width = {"bin_width": recorded.width}
    arrays = {
        "times": Array(recorded.times, ("bin",), "s", width),
        "epoch": Array(recorded.epochs, ("bin",)),
        "probability": Array(result.states, ("bin", "state")),
        "path": Array(result.path, ("bin",)),
        "transitions": Array(fitted.parameters.transitions, ("from", "to")),
        "initial": Array(fitted.parameters.initial, ("state",)),
        "units": Array(np.array(recorded.whole.names, str), ("neuron",)),
        "regions": Array(np.array(recorded.regions, str), ("neuron",)),
        "weights": Array(nets.weights, ("state", "target", "source")),
        "shared_graph": Array(nets.shared, ("target", "source")),
        "change": Array(nets.change, ("target", "source")),
        "change_p": Array(nets.p, ("target", "source")),
        "all_weights": Array(
            fitted.parameters.all_weights.cpu().numpy(), ("state", "feature", "neuron")
        ),
        "log_likelihood": Array(np.array(fitted.trace), ("iteration",), "nat"),
    }
    if nets.adjacency is not None:
        arrays["adjacency"] = Array(nets.adjacency, ("state", "target", "source"))
    for state, lengths in enumerate(result.dwell):
        arrays[f"dwell/{state + 1}"] = Array(lengths * recorded.width, ("visit",), "s")
    for name, tuning in result.tuning.items():
        arrays[f"tuning/{name}/direction"] = Array(tuning.direction, ("neuron",), "rad")
        arrays[f"tuning/{name}/length"] = Array(tuning.length, ("neuron",))
    return {f"{recorded.label}/{name}": array for name, array in arrays.items()}


def scores_of(dataset: str, recorded: Recorded, result: Result, seed: int) -> pd.DataFrame:
    """A row per score of a fold: bits per spike of every model, errors of every decoder."""
    rows: list[dict[str, Any]] = []
    lengths = recorded.pieces.lengths
    n_test = [int(lengths[recorded.folds == k].sum()) for k in range(recorded.folds.max() + 1)]

    def add(method: str, fold: int, metric: str, value: float, chance: float) -> None:
        rows.append(
            {
                "dataset": dataset,
                "analysis": "states",
                "method": method,
                "split": "blocks",
                "fold": fold + 1,
                "subject": recorded.label,
                "metric": metric,
                "value": value,
                "chance": chance,
                "n_train": int(lengths.sum()) - n_test[fold],
                "n_test": n_test[fold],
                "seed": seed,
            }
        )

    for candidate in result.comparison.numbers:
        for fold, value in enumerate(candidate.bits):
            name = f"{candidate.name}, {candidate.n_states} states"
            add(name, fold, "bits_per_spike", value, 0.0)
    for candidate in result.comparison.models:
        if candidate.name != "hierarchy":
            for fold, value in enumerate(candidate.bits):
                states = "1 state" if candidate.n_states == 1 else f"{candidate.n_states} states"
                add(f"{candidate.name}, {states}", fold, "bits_per_spike", value, 0.0)
    for name, decoded in result.decoded.items():
        metric = "mean_error_rad" if decoded.angular else "unexplained"
        chance = np.pi / 2 if decoded.angular else 1.0
        for key in INPUTS:
            for fold, value in enumerate(decoded.errors[key]):
                add(f"{name} from {key}", fold, metric, value, chance)
    return pd.DataFrame(rows)


def models_of(recorded: Recorded, result: Result) -> pd.DataFrame:
    """A row per number of states, prior and baseline."""
    rows = []
    seen = set()
    for candidate in [*result.comparison.numbers, *result.comparison.models]:
        if (key := (candidate.name, candidate.n_states)) in seen:
            continue
        seen.add(key)
        low, high = candidate.interval()
        rows.append(
            {
                "recording": recorded.label,
                "model": candidate.name,
                "n_states": candidate.n_states,
                "bits_per_spike": candidate.mean,
                "low": low,
                "high": high,
                "bic": candidate.bic,
                "chosen": key == (result.comparison.prior, result.comparison.n_states),
            }
        )
    return pd.DataFrame(rows)
