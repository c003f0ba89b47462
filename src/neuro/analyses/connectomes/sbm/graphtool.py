"""graph-tool's nested block model as another backend, in its own interpreter.

graph-tool is not on PyPI; Debian's `python3-graph-tool` serves the system's Python. It is called as
a subprocess with arrays and JSON in a temporary folder.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from neuro.analyses.connectomes.sbm.graph import Ints, Weights, build_graph
from neuro.analyses.connectomes.sbm.nested import NestedBlocks

PYTHON = "/usr/bin/python3"
SCRIPT = Path(__file__).with_name("_graphtool_script.py")
WEIGHTS = ("exponential", "normal", "lognormal", "geometric", "none")


@dataclass(frozen=True)
class Timed:
    """A fit of graph-tool and its CPU seconds, start of the interpreter excluded."""

    blocks: NestedBlocks
    seconds: float


def has_graph_tool(python: str = PYTHON) -> bool:
    """Whether an interpreter can import graph-tool.

    Parameters
    ----------
    python : str
        The interpreter.

    Returns
    -------
    found : bool
        True if so.
    """
    try:
        run = subprocess.run([python, "-c", "import graph_tool"], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return run.returncode == 0


def fit_graph_tool(
    adjacency: ArrayLike,
    *,
    weights: Weights = "exponential",
    degree_corrected: bool = True,
    rng: np.random.Generator,
    python: str = PYTHON,
) -> Timed:
    """`graph_tool.inference.minimize_nested_blockmodel_dl` on single edges.

    Parameters
    ----------
    adjacency : array-like, shape (n_nodes, n_nodes)
        Symmetric weights, zero where there is no edge, zero on the diagonal.
    weights : {'exponential', 'normal', 'lognormal', 'geometric', 'none'}
        Model of the weights given the edges.
    degree_corrected : bool
        Whether nodes of a block may differ in degree.
    rng : numpy.random.Generator
        Gives graph-tool's seed.
    python : str
        An interpreter that has graph-tool.

    Returns
    -------
    fit : Timed
        The hierarchy, with graph-tool's description length, and its CPU seconds.

    Raises
    ------
    ValueError
        If the adjacency is malformed or does not suit the weights.
    RuntimeError
        If the interpreter has no graph-tool, or graph-tool fails.
    """
    seed = int(rng.integers(2**31))
    task = {"what": "fit", "degree_corrected": degree_corrected, "seed": seed}
    result, log_jacobian = _run(adjacency, weights, task, (), python)
    levels = [np.unique(level, return_inverse=True)[1] for level in result["levels"]]
    single = next((k for k, level in enumerate(levels) if level.max() == 0), len(levels))
    nats = result["nats"] + log_jacobian
    blocks = NestedBlocks(levels[: single + 1], nats, weights, degree_corrected)
    return Timed(blocks, result["seconds"])


def graph_tool_description_length(
    adjacency: ArrayLike,
    levels: Sequence[Ints],
    *,
    weights: Weights = "exponential",
    degree_corrected: bool = True,
    python: str = PYTHON,
) -> float:
    """graph-tool's description length of a given hierarchy, to compare with ours.

    Parameters
    ----------
    adjacency : array-like, shape (n_nodes, n_nodes)
        Symmetric weights.
    levels : sequence of ndarray, shape (n_nodes,)
        Block of each node at each level, labels 0, 1, ...; the last is a single block.
    weights : {'exponential', 'normal', 'lognormal', 'geometric', 'none'}
        Model of the weights given the edges.
    degree_corrected : bool
        Whether nodes of a block may differ in degree.
    python : str
        An interpreter that has graph-tool.

    Returns
    -------
    nats : float
        `NestedBlockState.entropy()`.

    Raises
    ------
    ValueError
        If the adjacency is malformed or does not suit the weights.
    RuntimeError
        If the interpreter has no graph-tool, or graph-tool fails.
    """
    task = {"what": "entropy", "degree_corrected": degree_corrected, "seed": 0}
    result, log_jacobian = _run(adjacency, weights, task, levels, python)
    return float(result["nats"] + log_jacobian)


def _run(
    adjacency: ArrayLike,
    weights: Weights,
    task: dict[str, Any],
    levels: Sequence[Ints],
    python: str,
) -> tuple[dict[str, Any], float]:
    if weights not in WEIGHTS:
        raise ValueError(f"Allowed weights are {', '.join(WEIGHTS)}. Got {weights!r}")
    graph = build_graph(adjacency, weights)
    rows = np.repeat(np.arange(graph.n_nodes), np.diff(graph.indptr))
    once = rows < graph.indices
    padded = np.full((len(levels), graph.n_nodes), -1, dtype=np.int64)
    below = np.arange(graph.n_nodes)
    for row, level in zip(padded, levels, strict=True):  # graph-tool wants blocks of blocks
        row[below] = level
        below = np.asarray(level)
    task = task | {"weights": weights, "n_nodes": graph.n_nodes}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        edges = np.column_stack((rows[once], graph.indices[once]))
        np.savez(folder / "graph.npz", edges=edges, value=graph.value[once], levels=padded)
        (folder / "task.json").write_text(json.dumps(task), encoding="utf-8")
        _call([python, str(SCRIPT), name])
        result: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return result, graph.log_jacobian


def _call(command: list[str]) -> None:
    # Its packages are the system's: what leads this interpreter to its own must not lead that one.
    ours = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    environment = {key: value for key, value in os.environ.items() if key not in ours}
    environment["OMP_NUM_THREADS"] = "1"
    try:
        run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    except FileNotFoundError as error:
        raise RuntimeError(f"No interpreter {command[0]}: name one that has graph-tool") from error
    if run.returncode != 0:
        raise RuntimeError(
            f"graph-tool failed in {command[0]}; Debian and Ubuntu have it as python3-graph-tool, "
            f"conda-forge as graph-tool. It said:\n{run.stderr.strip()[-2000:]}"
        )
