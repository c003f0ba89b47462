"""Sorted units of a folder as phy and Kilosort write it.

`spike_times.npy` (samples) and `spike_clusters.npy` hold a row per spike; `params.py` the sampling
rate; `cluster_info.tsv`, `cluster_group.tsv` and `cluster_KSLabel.tsv` what is known of clusters.
"""

import ast
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuro.io.damage import reading
from neuro.io.tables import read_tsv
from neuro.preprocess.spikes.source import UnitTable, WithSidecars

LABELS = {"cluster_group.tsv": "group", "cluster_KSLabel.tsv": "KSLabel"}
"""Files with a label per cluster, and its column; a person's word counts before Kilosort's."""
UNLABELLED = "unsorted"


class PhySpikes(WithSidecars):
    """A folder of phy or Kilosort."""

    def units(self, *, samples: bool = True) -> UnitTable:
        """Read the folder; `type` is the label of a cluster.

        Raises
        ------
        FileNotFoundError
            If a file is missing.
        ValueError
            If files contradict each other, or hold something else.
        """
        rate = sample_rate(self.path / "params.py")
        spikes, clusters = self._column("spike_times"), self._column("spike_clusters")
        if len(spikes) != len(clusters):
            raise ValueError(
                f"{self.path}: spike_times.npy has {len(spikes)} spikes, spike_clusters.npy "
                f"{len(clusters)}; they must be as many"
            )
        there = np.unique(clusters)
        columns = self._columns([int(each) for each in there])
        times = []
        if samples:
            order = np.argsort(clusters, kind="stable")
            cuts = np.searchsorted(clusters[order], there[1:])
            times = np.split(np.asarray(spikes, np.float64)[order] / rate, cuts)
        return UnitTable([str(each) for each in there.tolist()], columns, len(spikes), times)

    def _column(self, name: str) -> NDArray[np.generic]:
        path = self.path / f"{name}.npy"
        if not path.is_file():
            there = sorted(each.name for each in self.path.iterdir())
            raise FileNotFoundError(f"{path}: no such file. The folder holds {there}")
        with reading(path, "truncated, or not a NumPy array"):
            values: NDArray[np.generic] = np.load(path, allow_pickle=False, mmap_mode="r")
        if values.dtype.kind not in "iuf" or values.shape[:1] != (values.size,):
            raise ValueError(
                f"{path}: must hold a number per spike, got shape {values.shape} of {values.dtype}"
            )
        return values.reshape(-1)

    def _columns(self, clusters: list[int]) -> dict[str, list[str]]:
        """What the tables tell of each cluster."""
        columns: dict[str, list[str]] = {}
        if (path := self.path / "cluster_info.tsv").is_file():
            table = read_tsv(path).rename(columns={"id": "cluster_id"})
            if "cluster_id" not in table:
                raise ValueError(f"{path}: lacks a column 'cluster_id' or 'id'")
            rows = table.drop_duplicates("cluster_id").set_index("cluster_id").reindex(clusters)
            columns = {str(key): [str(v) for v in rows[key]] for key in rows if key != "type"}
        labels: dict[int, str] = {}
        for name, column in LABELS.items():
            if (path := self.path / name).is_file():
                table = read_tsv(path, ("cluster_id", column))
                pairs = zip(table["cluster_id"], table[column], strict=True)
                labels = {int(k): str(v) for k, v in pairs if v == v} | labels
        columns["type"] = [labels.get(cluster, UNLABELLED) for cluster in clusters]
        return columns


def sample_rate(path: Path) -> float:
    """Read `sample_rate` of a `params.py`, Hz; the file is parsed, never run.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it does not assign a positive number to `sample_rate`.
    """
    remedy = "it must hold a line like `sample_rate = 30000.0`"
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; {remedy}")
    with reading(path, "not readable", remedy):
        tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        if not isinstance(node, ast.Assign):
            continue
        if "sample_rate" not in [
            target.id for target in node.targets if isinstance(target, ast.Name)
        ]:
            continue
        try:
            rate = float(ast.literal_eval(node.value))
        except (ValueError, TypeError, OverflowError):
            rate = np.nan
        if np.isfinite(rate) and rate > 0:
            return rate
        raise ValueError(f"{path}: sample_rate is {ast.unparse(node.value)!r}; {remedy}")
    raise ValueError(f"{path}: assigns no sample_rate; {remedy}")
