"""Maps and diagnosis as files: arrays, tables, NIfTI."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuro.analyses.graphs.cohorts import EDGES
from neuro.analyses.graphs.diagnose import Diagnosed
from neuro.analyses.graphs.judgement import by_site
from neuro.analyses.graphs.model import Mapped
from neuro.io.hdf5 import Array
from neuro.io.tables import write_tsv

Floats = NDArray[np.float64]


def arrays_of(mapped: Mapped, diagnosed: Diagnosed | None) -> dict[str, Array]:
    """Everything as arrays."""
    by = ("recording", "threshold")
    arrays = {
        "recordings": Array(np.array(mapped.recordings).astype(str), ("recording",)),
        "thresholds": Array(np.array(mapped.thresholds).astype(str), ("threshold",)),
        "nodes": Array(np.array(mapped.nodes.names).astype(str), ("node",)),
        "places": Array(mapped.nodes.places, ("node", "xyz"), "mm"),
        "limits": Array(mapped.limits, by),
        "densities": Array(mapped.densities, by),
    }
    arrays |= {f"maps/{name}": Array(v, (*by, "node")) for name, v in mapped.maps.items()}
    arrays |= {f"maps/{name}": Array(v, ("recording", "node")) for name, v in mapped.plain.items()}
    return arrays | ({} if diagnosed is None else _diagnosis(diagnosed))


def _diagnosis(diagnosed: Diagnosed) -> dict[str, Array]:
    cohort = diagnosed.cohort
    arrays = {
        "subjects": Array(cohort.subjects.astype(str), ("subject",)),
        "labels": Array(cohort.labels, ("subject",)),
    }
    for name, told in diagnosed.differences.items():
        axis = ("pair",) if name == EDGES else ("node",)
        arrays[f"differences/{name}/t"] = Array(told.t, axis)
        arrays[f"differences/{name}/p"] = Array(told.p, axis)
    for name, predicted in diagnosed.predicted.items():
        arrays[f"predictions/{name}/score"] = Array(predicted.scores, ("subject",))
        arrays[f"predictions/{name}/probability"] = Array(predicted.probability, ("subject",))
        arrays[f"predictions/{name}/fold"] = Array(predicted.folds, ("subject",))
        if len(null := diagnosed.judged[name].null):
            arrays[f"predictions/{name}/null"] = Array(null, ("permutation", "measure"))
    for name, projected in diagnosed.projected.items():
        arrays[f"projected/{name}/pattern"] = Array(projected.pattern, ("feature",))
        if projected.weights is not None:
            arrays[f"projected/{name}/weights"] = Array(projected.weights, ("feature",))
    return arrays


def node_table(mapped: Mapped, diagnosed: Diagnosed | None) -> pd.DataFrame:
    """A row per node: means over recordings, at the first threshold, and t of the groups."""
    columns: dict[str, Floats | list[str]] = {"node": mapped.nodes.names}
    for k, axis in enumerate("xyz"):
        columns[f"{axis}_mm"] = mapped.nodes.places[:, k]
    columns |= {name: values[:, 0].mean(axis=0) for name, values in mapped.maps.items()}
    columns |= {name: values.mean(axis=0) for name, values in mapped.plain.items()}
    if diagnosed is not None:
        for name, told in diagnosed.differences.items():
            if name != EDGES:
                columns |= {f"{name}_t": told.t, f"{name}_p": told.p}
    return pd.DataFrame(columns)


def score_table(dataset: str, diagnosed: Diagnosed | None) -> pd.DataFrame:
    """Scores of all classifiers, in long form."""
    columns = ["dataset", "analysis", "method", "metric", "value", "low", "high", "chance", "p"]
    rows = []
    for name, card in ({} if diagnosed is None else diagnosed.judged).items():
        for metric, value, interval, p in (
            ("auroc", card.auroc, card.auroc_interval, card.p),
            ("balanced_accuracy", card.balanced_accuracy, card.balanced_interval, card.balanced_p),
        ):
            rows.append([dataset, "graphs", name, metric, value, *interval, 0.5, p])
    return pd.DataFrame(rows, columns=columns)


def edge_table(mapped: Mapped, diagnosed: Diagnosed) -> pd.DataFrame:
    """A row per pair of regions, the largest |t| first."""
    cohort, values = diagnosed.cohort, diagnosed.compared[EDGES]
    rows, columns = np.triu_indices(len(mapped.nodes), 1)
    names = np.array(mapped.nodes.names)
    told = diagnosed.differences[EDGES]
    table = {"a": names[rows], "b": names[columns]}
    for label, kind in zip(cohort.classes, (False, True), strict=True):
        table[f"mean_{label}"] = values[cohort.labels == kind].mean(axis=0)
    table |= {"t": told.t, "p_corrected": told.p}
    if diagnosed.features == EDGES:
        for name, projected in diagnosed.projected.items():
            table[f"pattern_{name}"] = projected.pattern
            if projected.weights is not None:
                table[f"weights_{name}"] = projected.weights
    frame = pd.DataFrame(table)
    return frame.iloc[np.argsort(-np.abs(told.t), kind="stable")].reset_index(drop=True)


def prediction_table(diagnosed: Diagnosed) -> pd.DataFrame:
    """A row per subject: fold, and each classifier's score and probability of the second class."""
    cohort = diagnosed.cohort
    table = pd.DataFrame(
        {
            "participant_id": cohort.subjects,
            "group": np.where(cohort.labels, cohort.classes[1], cohort.classes[0]),
        }
    )
    if cohort.sites is not None:
        table["site"] = cohort.sites
    table["fold"] = diagnosed.predicted[diagnosed.best].folds + 1
    for name, predicted in diagnosed.predicted.items():
        table[f"score_{name}"] = predicted.scores
        table[f"probability_{name}"] = predicted.probability
    return table


def site_table(diagnosed: Diagnosed) -> pd.DataFrame:
    """A row per site and classifier."""
    return pd.concat(
        [
            by_site(diagnosed.cohort, predicted).assign(method=name)
            for name, predicted in diagnosed.predicted.items()
        ],
        ignore_index=True,
    )


def write_tables(mapped: Mapped, diagnosed: Diagnosed | None, folder: Path) -> None:
    """Write `predictions.tsv`, `edges.tsv` and `sites.tsv`, each where there is something."""
    if diagnosed is None:
        return
    write_tsv(folder / "predictions.tsv", prediction_table(diagnosed))
    if EDGES in diagnosed.differences:
        write_tsv(folder / "edges.tsv", edge_table(mapped, diagnosed))
    if diagnosed.cohort.sites is not None:
        write_tsv(folder / "sites.tsv", site_table(diagnosed))


def write_maps(mapped: Mapped, diagnosed: Diagnosed | None, folder: Path) -> None:
    """Write maps of voxels as NIfTI: means over recordings and groups, t, and classifiers'."""
    if mapped.nodes.kind != "voxels":
        return
    volumes = {f"{name}_mean": values[:, 0].mean(axis=0) for name, values in mapped.maps.items()}
    volumes |= {f"{name}_mean": values.mean(axis=0) for name, values in mapped.plain.items()}
    if diagnosed is not None:
        labels = diagnosed.cohort.labels
        for name, told in diagnosed.differences.items():
            volumes[f"{name}_t"] = told.t
            for group, kind in zip(diagnosed.cohort.classes, (False, True), strict=True):
                own = diagnosed.compared[name][labels == kind]
                volumes[f"{name}_mean_{group}"] = own.mean(axis=0)
        for name, projected in diagnosed.projected.items():
            volumes[f"{name}_pattern"] = projected.pattern
            if projected.weights is not None:
                volumes[f"{name}_weights"] = projected.weights
    for name, values in volumes.items():
        mapped.nodes.volume(values).to_filename(folder / f"{name}.nii.gz")
