"""The result as arrays of one file, and as a table of memberships."""

from typing import Any

import numpy as np
import pandas as pd

from neuro.analyses.connectomes.inputs import Group
from neuro.analyses.connectomes.model import Result
from neuro.io.hdf5 import Array


def arrays_of(group: Group, result: Result, matches: dict[str, Any]) -> dict[str, Array]:
    """Arrays of one group, named `<label>/...`.

    Parameters
    ----------
    group : Group
        What was factorised.
    result : Result
        Its motifs.
    matches : dict of str to ndarray
        By kernel, how alike its motifs are.
    """
    motif, graph = ("motif",), ("motif", "neuron", "neuron")
    arrays = {
        "animals": Array(result.animals, ("animal",)),
        "names": Array(result.names, ("neuron",)),
        "present": Array(result.present, ("animal", "neuron")),
        "times": Array(result.times, ("time", "motif"), "1", {"step": result.step}),
        "loadings": Array(result.loadings, ("animal", "motif")),
        "adjacency": Array(result.adjacency, graph),
        "share": Array(result.share, motif),
        "restarts": Array(result.restarts, ("restart",)),
        "tests/statistic": Array(result.tests.statistic, motif),
        "tests/null": Array(result.tests.null, ("shift", "motif")),
        "tests/p": Array(result.tests.p, motif),
        "tests/q": Array(result.tests.q, motif),
        "communities/labels": Array(_stacked(result, "labels"), ("motif", "neuron")),
        "communities/confidence": Array(_stacked(result, "confidence"), ("motif", "neuron")),
        "communities/model": Array([each.model for each in result.communities], motif),
    }
    for number, each in enumerate(result.communities):
        arrays[f"communities/levels/{number}"] = Array(each.levels, ("level", "neuron"))
    if result.opposite is not None:
        arrays["opposite"] = Array(result.opposite, graph)
    if (sweep := result.sweep) is not None:
        arrays["rank/ranks"] = Array(sweep.ranks, ("rank",))
        arrays["rank/held_out"] = Array(sweep.held_out, ("rank", "fold"))
        for key in ("explained", "stability", "consistency", "dimension"):
            arrays[f"rank/{key}"] = Array(getattr(sweep, key), ("rank",))
    for kind, relation in result.relations.items():
        spans = np.array(group.epochs[kind], np.float64)
        name = kind.replace("/", "_")
        arrays[f"epochs/{name}/spans"] = Array(spans, ("epoch", "bound"), "s")
        arrays[f"epochs/{name}/inside"] = Array(relation.inside, motif)
        arrays[f"epochs/{name}/outside"] = Array(relation.outside, motif)
        arrays[f"epochs/{name}/p"] = Array(relation.tests.p, motif)
        arrays[f"epochs/{name}/q"] = Array(relation.tests.q, motif)
    for kernel, match in matches.items():
        arrays[f"sensitivity/{kernel}"] = Array(match, motif)
    return {f"{group.label}/{name}": array for name, array in arrays.items()}


def memberships(group: Group, result: Result) -> pd.DataFrame:
    """Community of each neuron in each motif.

    Returns
    -------
    table : DataFrame
        `recordings`, `neuron`, `motif` (from 1), `community` (from 1, missing for none),
        `confidence`, and `strength`, the sum of the neuron's affinities in the motif.
    """
    rows = []
    for number, each in enumerate(result.communities):
        strength = result.adjacency[number].sum(axis=0)
        rows.append(
            pd.DataFrame(
                {
                    "recordings": group.label,
                    "neuron": result.names,
                    "motif": number + 1,
                    "community": pd.array(
                        [label + 1 if label >= 0 else None for label in each.labels.tolist()],
                        dtype="Int64",
                    ),
                    "confidence": each.confidence,
                    "strength": strength,
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def _stacked(result: Result, key: str) -> Any:
    return np.stack([getattr(each, key) for each in result.communities])
