"""Run by the interpreter that has graph-tool: `python3 _graphtool_script.py FOLDER`.

Reads `task.json` and `graph.npz`, writes `result.json`. It imports nothing of this package.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import graph_tool.all as gt
import numpy as np

RECORDS = {
    "exponential": "real-exponential",
    "normal": "real-normal",
    "lognormal": "real-normal",
    "geometric": "discrete-geometric",
}


def state_args(graph: Any, value: Any, task: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments of the block state for the task's weights."""
    args: dict[str, Any] = {"deg_corr": task["degree_corrected"]}
    if task["weights"] in RECORDS:
        kind = RECORDS[task["weights"]]
        # An empty dictionary stands for the conjugate prior, which is what the normal has here.
        prior: Any = {} if kind == "real-normal" else "microcanonical"
        record = graph.new_ep("double", value)
        args |= {"recs": [record], "rec_types": [kind], "rec_params": [prior]}
    return args


def main(folder: Path) -> None:
    """Carry out the task of a folder."""
    task = json.loads((folder / "task.json").read_text(encoding="utf-8"))
    with np.load(folder / "graph.npz", allow_pickle=False) as arrays:
        edges, value, levels = arrays["edges"], arrays["value"], arrays["levels"]
    graph = gt.Graph(directed=False)
    graph.add_vertex(task["n_nodes"])
    graph.add_edge_list(edges)
    args = state_args(graph, value, task)
    gt.seed_rng(task["seed"])
    np.random.seed(task["seed"])  # noqa: NPY002 - graph-tool draws from it
    start = time.process_time()
    if task["what"] == "fit":
        state = gt.minimize_nested_blockmodel_dl(graph, state_args=args)
    else:
        state = gt.NestedBlockState(graph, bs=[row[row >= 0] for row in levels], state_args=args)
    seconds = time.process_time() - start
    found = [state.project_level(k).b.fa.tolist() for k in range(len(state.levels))]
    result = {"levels": found, "nats": float(state.entropy()), "seconds": seconds}
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
