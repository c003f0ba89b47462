"""Screening: is mutual information right, how fast is it, and are true features found?

`python -m benchmarks.screening [part ...] [--peer PYTHON]` measures all parts, or some of `bias`,
`speed`, `threads`, `power`, `power_wide`, `stream`, `csv`. `--peer` is an interpreter that has
fastHDMI, by default this one; where it has none, fastHDMI's recipe stands in, and the tables say
so. `threads` measures wall time and wants two cores that nothing else uses; all else is CPU time.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks._claims import tell
from benchmarks._screening_truth import Case, cases, simulate

N, P = 800, 20_000
P_PEER = 1000
"""Features that the peer is timed on: its time per feature does not depend on their number."""
N_DRAWS, N_SEEDS = 50, 20
PEER = Path(__file__).with_name("_screening_peer.py")


class Peer:
    """The other side, in its own interpreter."""

    def __init__(self, python: str) -> None:
        self.python = python
        self.side = "?"
        self.wall = np.nan

    def __call__(self, method: str, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
        """Values, and CPU seconds."""
        with tempfile.TemporaryDirectory() as folder:
            job, result = Path(folder) / "job.npz", Path(folder) / "result.npz"
            np.savez(job, x=x, y=y, method=method)
            subprocess.run([self.python, str(PEER), str(job), str(result)], check=True)
            with np.load(result, allow_pickle=False) as file:
                self.side, self.wall = str(file["side"]), float(file["wall"])
                return file["values"], float(file["seconds"])


def bias(peer: Peer) -> dict[str, float]:
    """Bias and root-mean-square error of every estimator, nats."""
    from neuro.stats.dependence.block import Block
    from neuro.stats.dependence.methods import ESTIMATES, METHODS

    rng = np.random.default_rng(0)
    known = cases()
    draws = {
        n: {case.name: [case.draw(n, rng) for _ in range(N_DRAWS)] for case in known}
        for n in (500, 2000)
    }
    theirs = {n: _peer_draws(peer, known, draws[n]) for n in draws}
    print(f"\nBias (RMSE) in nats, {N_DRAWS} draws; peer: {peer.side}")
    columns = [*ESTIMATES, "peer KDE", "peer binning", "peer kNN"]
    print(f"{'case':18} {'n':>5} {'truth':>7} " + " ".join(f"{name:>16}" for name in columns))
    moderate, strong = 0.0, 0.0
    for case in known:
        for n in draws:
            found = dict(theirs[n][case.name])
            for name in ESTIMATES:
                blocks = (
                    (Block(x[None]), Block(y[None], case.categorical))
                    for x, y in draws[n][case.name]
                )
                found[name] = np.array([METHODS[name](x, y)[0] for x, y in blocks])
            cells = []
            for name in columns:
                error = found[name] - case.truth if name in found else np.array([np.nan])
                cells.append(f"{error.mean():+.4f} ({np.sqrt((error**2).mean()):.4f})")
            row = " ".join(f"{cell:>16}" for cell in cells)
            print(f"{case.name:18} {n:5} {case.truth:7.4f} {row}", flush=True)
            error = abs(float(found["kde"].mean() - case.truth))
            if n == 2000 and case.name.endswith("0.9"):
                strong = error / case.truth
            elif n == 2000 and case.name.startswith("Gaussian"):
                moderate = max(moderate, error)
    print("peer KDE of two classes: its own function for a binary outcome, which is a histogram")
    return {"screening.kde_bias_moderate": moderate, "screening.kde_bias_strong": strong}


def _peer_draws(
    peer: Peer, known: list[Case], draws: dict[str, list[tuple[np.ndarray, np.ndarray]]]
) -> dict[str, dict[str, np.ndarray]]:
    """The peer's values of all draws, by case and column: one call per method."""
    found: dict[str, dict[str, np.ndarray]] = {case.name: {} for case in known}
    for categorical in (False, True):
        mine = [case.name for case in known if case.categorical == categorical]
        x, y = (np.array([pair[i] for name in mine for pair in draws[name]]) for i in range(2))
        methods = {"peer KDE": "kde", "peer binning": "binning", "peer kNN": "knn"}
        if categorical:
            methods = {"peer KDE": "binary", "peer kNN": "knn_binary"}
        for column, method in methods.items():
            values = peer(method, x[:, None], y)[0].reshape(len(mine), N_DRAWS)
            for name, row in zip(mine, values, strict=True):
                found[name][column] = row
    return found


def speed(peer: Peer) -> dict[str, float]:
    """CPU time per feature, one thread each; and the peak of memory."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(P_PEER, N)), rng.normal(size=N)
    pairs = {"kde_score": "kde", "binning": "binning", "knn": "knn", "pearson": "pearson"}
    print(f"\nCPU ms per feature, n = {N}, one thread; ours on {P} features, the peer on {P_PEER}")
    print(f"{'method':10} {'ours':>8} {'peer':>8} {'ratio':>7} {'peak MB':>8}")
    values, peaks = {}, []
    for name, theirs in pairs.items():
        ours = _own_process(name, 1)
        seconds = peer(theirs, x[None], y[None])[1]
        mine, other = 1e3 * ours["cpu"] / P, 1e3 * seconds / P_PEER
        peaks.append(ours["peak"])
        told = f"{mine:8.4f} {other:8.3f} {other / mine:7.1f} {ours['peak']:8.0f}"
        print(f"{name:10} {told}", flush=True)
        values[f"screening.{theirs}_speed_vs_fasthdmi"] = other / mine
    del values["screening.pearson_speed_vs_fasthdmi"]
    for name in ("kde", "gaussian", "spearman", "distance"):
        ours = _own_process(name, 1, 2000)
        print(f"{name:10} {1e3 * ours['cpu'] / 2000:8.4f}  (2,000 features)")
    print(f"peer: {peer.side}")
    return {**values, "screening.peak_mb": max(peaks)}


def threads(peer: Peer) -> dict[str, float]:
    """Wall time with one thread and with two: the shortest of runs that take turns."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(P_PEER, N)), rng.normal(size=N)
    print(f"\nWall s, n = {N}; ours on {P} features (shortest of 2), the peer on {P_PEER}")
    columns = ("1 thread", "2 threads", "ratio", "peer, 1", "peer, 2", "ratio")
    print(f"{'method':10} " + " ".join(f"{name:>9}" for name in columns))
    for name, theirs in (("kde_score", "kde"), ("binning", "binning"), ("knn", "knn")):
        ours: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(2):
            for n_jobs, walls in ours.items():
                walls.append(_own_process(name, n_jobs)["wall"])
        others = []
        for method in (theirs, f"{theirs}_2"):
            peer(method, x[None], y[None])
            others.append(peer.wall)
        cells = [min(ours[1]), min(ours[2]), min(ours[1]) / min(ours[2])]
        cells += [*others, others[0] / others[1]]
        print(f"{name:10} " + " ".join(f"{cell:9.2f}" for cell in cells), flush=True)
    print(f"peer: {peer.side}")
    return {}


def _own_process(method: str, n_jobs: int, p: int = P) -> dict[str, float]:
    """Screen noise in a fresh process: CPU and wall seconds, peak in MB above the imports."""
    code = f"from benchmarks.screening import measure; measure({method!r}, {n_jobs}, {p})"
    # One numeric thread, as jobs have: `n_jobs` is the number that counts.
    alone = os.environ | {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, check=True, capture_output=True, text=True, env=alone)
    cpu, wall, peak = map(float, run.stdout.split())
    return {"cpu": cpu, "wall": wall, "peak": peak}


def measure(method: str, n_jobs: int, p: int) -> None:
    """Print CPU and wall seconds and the peak of memory of one screening."""
    from neuro.analyses.screening.engine import screen

    rng = np.random.default_rng(2)
    screen(rng.normal(size=(N, 4)), rng.normal(size=N), method)  # compiled code is loaded
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    x, y = rng.normal(size=(N, p)), rng.normal(size=N)
    cpu, wall = time.process_time(), time.perf_counter()
    screen(x, y, method, n_jobs=n_jobs)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(cpu, wall, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)


def power(
    peer: Peer, n: int = 500, p: int = 150, k: int = 12, n_seeds: int = N_SEEDS
) -> dict[str, float]:
    """Area under the ROC for finding the true features."""
    from neuro.stats.dependence.block import Block
    from neuro.stats.dependence.methods import METHODS

    print(f"\nAUC of recovery, n = {n}, p = {p}, {k} true features, SNR 3, {n_seeds} seeds")
    columns = [*METHODS, "peer own", "peer binning", "peer kNN"]
    print(f"{'simulation':22} " + " ".join(f"{name:>12}" for name in columns), end="  ")
    print("kde_score - peer own (s.e.)")
    worst = np.inf
    for binary in (False, True):
        for quadratic in (False, True):
            tables = [
                simulate(
                    n, p, k, np.random.default_rng([3, seed]), quadratic=quadratic, binary=binary
                )
                for seed in range(n_seeds)
            ]
            found = {
                name: [method(Block(x), Block(y[None], binary)) for x, y, _ in tables]
                for name, method in METHODS.items()
            }
            both = [np.array([table[i] for table in tables]) for i in range(2)]
            own, near = ("binary", "knn_binary") if binary else ("kde", "knn")
            found["peer own"] = list(peer(own, *both)[0])
            found["peer binning"] = (
                list(peer("binning", *both)[0]) if not binary else found["peer own"]
            )
            found["peer kNN"] = list(peer(near, *both)[0])
            areas = {
                name: [_area(row, true) for row, (*_, true) in zip(rows, tables, strict=True)]
                for name, rows in found.items()
            }
            difference = np.subtract(areas["kde_score"], areas["peer own"])
            worst = min(worst, float(difference.mean()))
            title = (
                f"{'quadratic' if quadratic else 'linear'}, {'binary' if binary else 'continuous'}"
            )
            shown = " ".join(f"{np.mean(areas[name]):12.3f}" for name in columns)
            error = difference.std(ddof=1) / np.sqrt(n_seeds)
            print(f"{title:22} {shown}  {difference.mean():+.3f} ({error:.3f})", flush=True)
    print(f"peer own: its KDE; of a binary outcome its function is a histogram. peer: {peer.side}")
    return {"screening.power_vs_fasthdmi_min": worst}


def power_wide(peer: Peer) -> dict[str, float]:
    """The same of 40 true features among 1,000, in few seeds."""
    power(peer, p=1000, k=40, n_seeds=3)
    return {}


def _area(values: np.ndarray, true: np.ndarray) -> float:
    from scipy.stats import rankdata

    ranks, n_true = rankdata(values), true.sum()
    return float((ranks[true].sum() - n_true * (n_true + 1) / 2) / (n_true * (~true).sum()))


def stream(_: Peer, n: int = 100) -> dict[str, float]:
    """A million features from HDF5: time per feature, and memory."""
    print(f"\nHDF5 of float32, n = {n}, KDE score, one thread, in fresh processes")
    print(
        f"{'features':>9} {'file MB':>8} {'CPU ms per feature':>19} {'peak MB above imports':>22}"
    )
    for p in (10_000, 100_000, 1_000_000):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "features.h5"
            _write_hdf5(path, n, p)
            code = f"from benchmarks.screening import measure_file; measure_file({str(path)!r})"
            run = subprocess.run(
                [sys.executable, "-c", code], check=True, capture_output=True, text=True
            )
            cpu, peak = map(float, run.stdout.split())
            size = path.stat().st_size / 1e6
        print(f"{p:9} {size:8.0f} {1e3 * cpu / p:19.4f} {peak:22.0f}", flush=True)
    return {}


def _write_hdf5(path: Path, n: int, p: int) -> None:
    import h5py

    rng = np.random.default_rng(4)
    with h5py.File(path, "w") as file:
        table = file.create_dataset("features", (n, p), np.float32, chunks=(n, 1000))
        for start in range(0, p, 10_000):
            table[:, start : start + 10_000] = rng.normal(size=(n, 10_000))


def measure_file(path: str, exclude: tuple[str, ...] = ()) -> None:
    """Print CPU seconds and the peak of memory of opening and screening a file."""
    from neuro.analyses.screening.engine import screen
    from neuro.analyses.screening.files import open_features

    rng = np.random.default_rng(5)
    screen(rng.normal(size=(100, 4)), rng.normal(size=100))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cpu = time.process_time()
    source = open_features(path, exclude=exclude)
    screen(source, rng.normal(size=source.n_samples), memory_mb=32)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(time.process_time() - cpu, peak / 1024)


def csv(_: Peer, n: int = 100, p: int = 150_000) -> dict[str, float]:
    """A table of 150,000 columns as text."""
    import pandas as pd

    rng = np.random.default_rng(6)
    with tempfile.TemporaryDirectory() as folder:
        path, short = Path(folder) / "wide.csv", Path(folder) / "short.csv"
        with path.open("w") as file, short.open("w") as part:
            header = ",".join(["id", *(f"v{i}" for i in range(p))]) + "\n"
            file.write(header)
            part.write(header)
            for i in range(n):
                line = f"s{i}," + ",".join(f"{v:.6g}" for v in rng.normal(size=p)) + "\n"
                file.write(line)
                if i < 10:
                    part.write(line)
        code = (
            f"from benchmarks.screening import measure_file; measure_file({str(path)!r}, ('id',))"
        )
        run = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        )
        cpu, peak = map(float, run.stdout.split())
        start = time.process_time()
        pd.read_csv(short)
        pandas = time.process_time() - start
        size = path.stat().st_size / 1e6
    print(
        f"\nCSV of {p} columns, {n} rows, {size:.0f} MB: read and screened in {cpu:.1f} s of CPU,"
    )
    print(
        f"peak {peak:.0f} MB above imports; pandas needs {pandas:.1f} s to read its first 10 rows."
    )
    print(f"1,050 rows at this rate: {cpu * 1050 / n:.0f} s (published, on 16 cores: 411 s)")
    return {}


PARTS: dict[str, Callable[[Peer], dict[str, float]]] = {
    "bias": bias,
    "speed": speed,
    "threads": threads,
    "power": power,
    "power_wide": power_wide,
    "stream": stream,
    "csv": csv,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--peer", default=sys.executable, help="an interpreter that has fastHDMI")
    given = parser.parse_args()
    # What was measured earlier stands until it is measured anew.
    earlier = Path(__file__).parent / "results" / "screening.json"
    values = json.loads(earlier.read_text()) if given.parts and earlier.is_file() else {}
    peer = Peer(given.peer)
    for part in given.parts or PARTS:
        values |= PARTS[part](peer)
    return 0 if tell("screening", values) else 1


if __name__ == "__main__":
    sys.exit(main())
