"""fastHDMI's side of the comparison, run by an interpreter that may have nothing of `neuro`.

`python _screening_peer.py JOB.npz RESULT.npz` screens each table of `x` (tables, features, samples)
against its outcome in `y` by `method`, and writes values, CPU and wall seconds. A method that ends
in `_2` is its function for two cores.

Where fastHDMI is not installed, its recipe is followed: a kernel density by FFT on a grid of
300 x 300 with the Epanechnikov kernel, whose standard deviation is one interquartile range; regular
histograms after Birgé and Rozenholc, each number of bins tried.
"""

import sys
import time

import numpy as np

try:
    import fastHDMI as peer  # noqa: N813
    from fastHDMI.cython_fun import binning_MI_cython

    SIDE = "fastHDMI"
except ImportError:
    peer, SIDE = None, "fastHDMI's recipe"


def kde(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    if peer is not None:
        return peer.continuous_screening_array(np.ascontiguousarray(x.T), y, verbose=0)
    return np.array([_recipe_kde(row, y) for row in x])


def binning(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    if peer is not None:
        return np.array([binning_MI_cython(y, np.ascontiguousarray(row)) for row in x])
    return np.array([_table_mi(row, y, _n_bins(row), _n_bins(y)) for row in x])


def binary(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    if peer is not None:
        return np.array([peer.MI_binary_continuous(y, row, 1.0) for row in x])
    return np.array([_table_mi(row, y, _n_bins(row), 2) for row in x])


def knn(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    from sklearn.feature_selection import mutual_info_regression

    return mutual_info_regression(x.T, y, n_neighbors=3, discrete_features=False, random_state=0)


def knn_binary(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    from sklearn.feature_selection import mutual_info_classif

    return mutual_info_classif(x.T, y, n_neighbors=3, discrete_features=False, random_state=0)


def pearson(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.array([abs(np.corrcoef(row, y)[0, 1]) for row in x])


def kde_2(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    table = np.ascontiguousarray(x.T)
    return peer.continuous_screening_array_parallel(table, y, core_num=2, verbose=0)


def binning_2(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return peer.binning_continuous_screening_dataframe_parallel(_frame(x, y), core_num=2, verbose=0)


def knn_2(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return peer.continuous_skMI_screening_dataframe_parallel(_frame(x, y), core_num=2, verbose=0)


def _frame(x: np.ndarray, y: np.ndarray):
    import pandas as pd

    return pd.DataFrame(np.vstack([y, x]).T, columns=["y", *(f"x{i}" for i in range(len(x)))])


def _recipe_kde(x: np.ndarray, y: np.ndarray, size: int = 300) -> float:
    from scipy.signal import fftconvolve

    scaled, edges = [], []
    for values in (x, y):
        low, middle, high = np.percentile(values, (25, 50, 75))
        scaled.append((values - middle) / (high - low))
        ends = scaled[-1].min(), scaled[-1].max()
        margin = max(2.5, 0.1 * (ends[1] - ends[0]))
        edges.append(np.linspace(ends[0] - margin, ends[1] + margin, size + 1))
    counts = np.histogram2d(*scaled, bins=edges)[0]
    step = [edge[1] - edge[0] for edge in edges]
    # In two dimensions the support is a disk of this radius where each standard deviation is 1.
    radius = np.sqrt(6)
    reach = [np.arange(-int(radius / s), int(radius / s) + 1) * s for s in step]
    kernel = np.maximum(1 - (reach[0][:, None] ** 2 + reach[1] ** 2) / radius**2, 0)
    joint = np.maximum(fftconvolve(counts, kernel, mode="same"), 0)
    joint /= joint.sum()
    both = joint.sum(1, keepdims=True) * joint.sum(0)
    there = (joint > 0) & (both > 0)
    return max(float((joint[there] * np.log(joint[there] / both[there])).sum()), 0.0)


def _n_bins(x: np.ndarray) -> int:
    worth = []
    for n_bins in range(2, 100):
        counts = np.histogram(x, n_bins)[0]
        counts = counts[counts > 0]
        likelihood = (counts * np.log(counts)).sum() + len(x) * np.log(n_bins)
        worth.append(likelihood - (n_bins - 1 + np.log(n_bins) ** 2.5))
    return 2 + int(np.argmax(worth))


def _table_mi(x: np.ndarray, y: np.ndarray, n_x: int, n_y: int) -> float:
    joint = np.histogram2d(x, y, bins=(n_x, n_y))[0] / len(x)
    both = joint.sum(1, keepdims=True) * joint.sum(0)
    return float((joint[joint > 0] * np.log(joint[joint > 0] / both[joint > 0])).sum())


METHODS = {
    "kde": kde,
    "binning": binning,
    "binary": binary,
    "knn": knn,
    "knn_binary": knn_binary,
    "pearson": pearson,
    "kde_2": kde_2,
    "binning_2": binning_2,
    "knn_2": knn_2,
}


def main(job: str, result: str) -> None:
    with np.load(job, allow_pickle=False) as file:
        x, y, method = file["x"], file["y"], str(file["method"])
    function = METHODS[method]
    if method.endswith("_2") and peer is None:
        np.savez(result, values=np.nan, seconds=np.nan, wall=np.nan, side=SIDE)
        return
    function(x[0, : min(len(x[0]), 25)], y[0])  # imports and compiled parts
    start, wall = time.process_time(), time.perf_counter()
    values = np.array([function(features, outcome) for features, outcome in zip(x, y, strict=True)])
    seconds, wall = time.process_time() - start, time.perf_counter() - wall
    np.savez(result, values=values, seconds=seconds, wall=wall, side=SIDE)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
