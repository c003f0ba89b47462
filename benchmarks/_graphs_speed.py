"""3-cycle maps against peers: the same edges in, the same counts out, CPU seconds, one thread."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

N, DENSITY, REPEATS = 8000, 0.05, 3
SMALL = 2000


def claims() -> dict[str, float]:
    """CPU-second ratios at 8,000 nodes and 5 %; counts must be equal."""
    with threadpool_limits(1):
        agreement()
        edges = random_edges(N, DENSITY, seed=0)
        print(f"{N} nodes, {len(edges)} edges; CPU seconds, the least of {REPEATS} runs")
        ours, counts = best(lambda: by_bits(edges, N))
        igraph, peer = best(lambda: by_igraph(edges, N))
        dense, product = best(lambda: by_dense(edges, N), repeats=1)
    assert (counts == peer).all()
    assert (counts == product).all()
    print(f"{'':28}{'build':>8}{'3-cycles':>10}{'both':>8}{'ratio':>8}")
    for name, (build, count) in (
        ("packed bits (ours)", ours),
        ("igraph", igraph),
        ("dense sgemm, (A A) o A", dense),
    ):
        both = build + count
        print(f"{name:28}{build:8.3f}{count:10.3f}{both:8.3f}{both / sum(ours):8.1f}")
    return {
        "graphs.cycles_speed_vs_igraph": sum(igraph) / sum(ours),
        "graphs.cycles_speed_vs_dense_gemm": sum(dense) / sum(ours),
    }


def agreement() -> None:
    """Integer equality with three peers on 2,000 nodes."""
    import networkx as nx

    edges = random_edges(SMALL, DENSITY, seed=1)
    counts = by_bits(edges, SMALL)[1]
    graph = nx.empty_graph(SMALL)
    graph.add_edges_from(edges.tolist())
    peers = {"networkx": np.array(list(nx.triangles(graph).values()))}
    peers["igraph"] = by_igraph(edges, SMALL)[1]
    try:
        import bct
    except ImportError:
        print("bctpy is not installed: not compared")
    else:
        matrix = dense_matrix(edges, SMALL)
        degree = matrix.sum(axis=1)
        share = bct.clustering_coef_bu(matrix)
        peers["bctpy"] = np.rint(share * degree * (degree - 1) / 2).astype(int)
    for name, values in peers.items():
        print(f"{SMALL} nodes, {len(edges)} edges: equal to {name}: {(counts == values).all()}")
        assert (counts == values).all()


def random_edges(n: int, density: float, seed: int) -> Any:
    """Edges of an Erdos-Renyi graph, int32 pairs."""
    upper = np.triu(np.random.default_rng(seed).random((n, n), dtype=np.float32) < density, 1)
    return np.argwhere(upper).astype(np.int32)


def best(run: Callable[[], tuple[Any, Any]], repeats: int = REPEATS) -> tuple[Any, Any]:
    """Times of the quickest run, build and count apart; the first run compiles and warms up."""
    if repeats > 1:
        run()
    runs = [run() for _ in range(repeats)]
    return min((times for times, _ in runs), key=sum), runs[0][1]


def by_bits(edges: Any, n: int) -> tuple[tuple[float, float], Any]:
    """Ours."""
    from neuro.analyses.graphs.cycles import triangles
    from neuro.analyses.graphs.storage import from_edges

    start = time.process_time()
    graph = from_edges(edges, n)
    built = time.process_time()
    counts = triangles(graph)
    return (built - start, time.process_time() - built), counts


def by_igraph(edges: Any, n: int) -> tuple[tuple[float, float], Any]:
    """Triangles of nodes from igraph's local transitivity."""
    import igraph

    start = time.process_time()
    graph = igraph.Graph(n=n, edges=edges)
    built = time.process_time()
    share = np.array(graph.transitivity_local_undirected(mode="zero"))
    seconds = time.process_time() - built
    degree = np.array(graph.degree())
    return (built - start, seconds), np.rint(share * degree * (degree - 1) / 2).astype(int)


def by_dense(edges: Any, n: int) -> tuple[tuple[float, float], Any]:
    """The product of the dense adjacency, single precision."""
    start = time.process_time()
    matrix = dense_matrix(edges, n)
    built = time.process_time()
    counts = np.einsum("ij,ij->i", matrix @ matrix, matrix) / 2
    return (built - start, time.process_time() - built), np.rint(counts).astype(int)


def dense_matrix(edges: Any, n: int) -> Any:
    """The adjacency matrix, float32."""
    matrix = np.zeros((n, n), np.float32)
    matrix[edges[:, 0], edges[:, 1]] = matrix[edges[:, 1], edges[:, 0]] = 1
    return matrix


if __name__ == "__main__":
    print(claims())
