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
        record = graph.new_ep("double", value)
        args |= {"recs": [record], "rec_types": [kind], "rec_params": ["microcanonical"]}
    return args


def described(graph: Any, args: dict[str, Any], levels: list[Any]) -> Any:
    """State of a given hierarchy and its description length."""
    if args.get("rec_types") != ["real-normal"]:
        state = gt.NestedBlockState(graph, bs=levels, state_args=args)
        return state, state.entropy()
    # Its nested models know no conjugate prior of the normal (an empty dictionary); a single block
    # on top only tells how many blocks there are.
    flat = gt.BlockState(graph, b=levels[0], **(args | {"rec_params": [{}]}))
    return gt.NestedBlockState(graph, bs=levels, state_args=args), flat.entropy() + np.log(
        flat.get_nonempty_B()
    )


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
        nats = state.entropy()
    else:
        state, nats = described(graph, args, [row[row >= 0] for row in levels])
    seconds = time.process_time() - start
    found = [state.project_level(k).b.fa.tolist() for k in range(len(state.levels))]
    result = {"levels": found, "nats": float(nats), "seconds": seconds}
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
