"""Voxels: from series to 3-cycle map, in time and memory; each size in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
N_TIMES, N_LATENT, THREADS = 176, 40, 2
SIZES = ((25_000, 0.02), (50_000, 0.02))
SCALING = (12_500, 25_000, 50_000, 100_000)
THIN = 0.002

CHILD = """
import json, resource, sys, time
import numpy as np
from neuro.analyses.graphs.cycles import triangles, weighted_cycles
from neuro.analyses.graphs.signals import standardize
from neuro.analyses.graphs.stream import networks
from neuro.analyses.graphs.thresholds import Density
n, density, threads = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(0)
def surrogate(n):
    weights = rng.random(({latent}, n), dtype=np.float32) ** 4
    own = rng.standard_normal(({times}, n), dtype=np.float32)
    return rng.standard_normal(({times}, {latent}), dtype=np.float32) @ weights + own
small = surrogate(600)
for storage in ("bits", "lists"):
    (net,) = networks(standardize(small), [Density(density)], storage=storage)
    triangles(net.graph)
series = surrogate(n)
wall, cpu = time.perf_counter(), time.process_time()
signals = standardize(series)
(net,) = networks(signals, [Density(density)], n_threads=threads)
built = time.process_time()
counts = triangles(net.graph, threads)
done, ended = time.process_time(), time.perf_counter()
closed = weighted_cycles(signals)
print(json.dumps(dict(
    build=built - cpu, cycles=done - built, wall=ended - wall, edges=net.graph.n_edges,
    closed=time.process_time() - done, triangles=int(counts.sum()) // 3,
    form="bits" if net.graph.bits is not None else "lists",
    peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
)))
""".replace("{latent}", str(N_LATENT)).replace("{times}", str(N_TIMES))


def claims() -> dict[str, float]:
    """Peak memory of 50,000 voxels; times to 100,000."""
    head = f"{'voxels':>8}{'density':>9}{'edges':>12}{'form':>7}{'build':>8}{'3-cycles':>10}"
    head += f"{'CPU s':>8}{'wall s':>8}{'closed':>8}{'peak GB':>9}"
    print(f"{N_TIMES} volumes, {THREADS} threads; exact density\n{head}")
    told = {size: measure(*size, THREADS) for size in SIZES}
    thin = [measure(n, THIN, THREADS) for n in SCALING]
    cpu = [one["build"] + one["cycles"] for one in thin]
    slope = np.polyfit(np.log(SCALING), np.log(cpu), 1)[0]
    print(f"at a density of {THIN:g}, CPU seconds grow as n to the power {slope:.2f}")
    return {"graphs.voxels50k_peak_gb": told[SIZES[1]]["peak"]}


def measure(n: int, density: float, threads: int) -> dict[str, float]:
    """Run one size, and print its row."""
    command = [sys.executable, "-c", CHILD, str(n), str(density), str(threads)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    one: dict[str, float] = json.loads(done.stdout)
    print(
        f"{n:8}{density:9g}{one['edges']:12}{one['form']:>7}{one['build']:8.1f}"
        f"{one['cycles']:10.1f}{one['build'] + one['cycles']:8.1f}{one['wall']:8.1f}"
        f"{one['closed']:8.2f}{one['peak']:9.2f}",
        flush=True,
    )
    return one


if __name__ == "__main__":
    print(claims())
