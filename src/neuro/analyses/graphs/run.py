"""From preprocessed recordings of a dataset to networks, maps, diagnosis and the manifest."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from neuro.analyses.graphs.diagnose import Diagnosed, diagnose
from neuro.analyses.graphs.inputs import common_nodes
from neuro.analyses.graphs.model import Mapped, map_recordings
from neuro.analyses.graphs.pictures import draw
from neuro.analyses.graphs.texts import citations, key_numbers, methods, warnings_of
from neuro.io import hdf5, manifest
from neuro.io.atomic import atomic, read_json
from neuro.io.hdf5 import Array
from neuro.io.manifest import Citation, Manifest, Table
from neuro.io.tables import write_tsv
from neuro.viz.style import style

if TYPE_CHECKING:
    from neuro.config.graphs import Graphs


class Outputs(Protocol):
    """Files of a dataset.

    `graphs` (`.h5`), `nodes` and `scores` (`.tsv`), `maps` and `figures` (folders), `manifest`
    (`.json`).
    """

    graphs: Path
    nodes: Path
    scores: Path
    maps: Path
    figures: Path
    manifest: Path


def run(
    parcels: Sequence[str | Path],
    voxels: Sequence[str | Path],
    outputs: Outputs,
    *,
    dataset: str,
    settings: "Graphs",
    rng: np.random.Generator,
    root: str | Path = ".",
    source: str | Path | None = None,
    n_threads: int = 1,
) -> Mapped:
    """Build the networks of a dataset, map them, and diagnose if there are two groups.

    Parameters
    ----------
    parcels, voxels : sequence of str | Path
        `_parcels.h5` and `_voxels.h5` of each recording, in the same order.
    outputs : Outputs
        Where everything goes.
    dataset : str
        Its name.
    settings : Graphs
        What is computed.
    rng : numpy.random.Generator
        Random numbers.
    root : str | Path
        The BIDS tree, for `participants.tsv`.
    source : str | Path | None
        The dataset's `fetch.json`, for license and citation.
    n_threads : int
        Threads.

    Returns
    -------
    mapped : Mapped
        The maps.

    Raises
    ------
    ValueError
        If recordings do not fit each other or the settings; the message names them.
    """
    nodes, paths = common_nodes(parcels, voxels, settings.nodes)
    mapped = map_recordings(paths, nodes, settings, rng, n_threads)
    diagnosed = None
    if settings.diagnosis is not None:
        diagnosed = diagnose(mapped, Path(root) / "participants.tsv", settings, rng)
    hdf5.write(outputs.graphs, arrays_of(mapped, diagnosed), settings.model_dump(mode="json"))
    write_tsv(outputs.nodes, node_table(mapped))
    write_tsv(outputs.scores, score_table(dataset, diagnosed))
    with atomic(outputs.maps) as temporary:
        temporary.mkdir()
        _write_maps(mapped, diagnosed, temporary)
    folder = Path(outputs.manifest).parent
    relative = Path(os.path.relpath(outputs.figures, folder)).as_posix()
    with style(), atomic(outputs.figures) as temporary:
        temporary.mkdir()
        figures = draw(mapped, diagnosed, temporary, relative, outputs.maps)
    fetched = {} if source is None else read_json(source)
    cited = [Citation(text=fetched["citation"])] if fetched else []
    about = Manifest(
        word="graphs",
        dataset=dataset,
        title=f"Brain networks of {dataset}",
        question="How is each node embedded in its network, and does that tell groups apart?",
        key_numbers=key_numbers(mapped, diagnosed),
        figures=figures,
        tables=_tables(outputs, diagnosed),
        methods=methods(mapped, settings, diagnosed is not None),
        citations=cited + citations(settings),
        licenses=[fetched["license"]] if fetched else [],
        warnings=warnings_of(mapped),
        params=settings.model_dump(mode="json"),
    )
    manifest.write(outputs.manifest, about)
    return mapped


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
    if diagnosed is not None:
        for name, told in diagnosed.differences.items():
            arrays[f"differences/{name}/t"] = Array(told.t, ("node",))
            arrays[f"differences/{name}/p"] = Array(told.p, ("node",))
        for name, predicted in diagnosed.predicted.items():
            arrays[f"predictions/{name}/score"] = Array(predicted.scores, ("subject",))
            arrays[f"predictions/{name}/probability"] = Array(predicted.probability, ("subject",))
        arrays["subjects"] = Array(diagnosed.cohort.subjects.astype(str), ("subject",))
        arrays["labels"] = Array(diagnosed.cohort.labels, ("subject",))
    return arrays


def node_table(mapped: Mapped) -> pd.DataFrame:
    """A row per node: means over recordings, at the first threshold."""
    table = pd.DataFrame({"node": mapped.nodes.names})
    for k, axis in enumerate("xyz"):
        table[f"{axis}_mm"] = mapped.nodes.places[:, k]
    for name, values in mapped.maps.items():
        table[name] = values[:, 0].mean(axis=0)
    for name, values in mapped.plain.items():
        table[name] = values.mean(axis=0)
    return table


def score_table(dataset: str, diagnosed: Diagnosed | None) -> pd.DataFrame:
    """Scores of all classifiers, in long form."""
    columns = ["dataset", "analysis", "method", "metric", "value", "low", "high", "chance", "p"]
    rows = []
    for name, card in ({} if diagnosed is None else diagnosed.judged).items():
        for metric, value, interval, p in (
            ("auroc", card.auroc, card.auroc_interval, card.p),
            ("balanced_accuracy", card.balanced_accuracy, card.balanced_interval, None),
        ):
            rows.append([dataset, "graphs", name, metric, value, *interval, 0.5, p])
    return pd.DataFrame(rows, columns=columns)


def _write_maps(mapped: Mapped, diagnosed: Diagnosed | None, folder: Path) -> None:
    """Maps as NIfTI: means over recordings, and t of the groups."""
    if mapped.nodes.kind != "voxels":
        return
    volumes = {f"{name}_mean": values[:, 0].mean(axis=0) for name, values in mapped.maps.items()}
    volumes |= {f"{name}_mean": values.mean(axis=0) for name, values in mapped.plain.items()}
    if diagnosed is not None:
        volumes |= {f"{name}_t": told.t for name, told in diagnosed.differences.items()}
    for name, values in volumes.items():
        mapped.nodes.volume(values).to_filename(folder / f"{name}.nii.gz")


def _tables(outputs: Outputs, diagnosed: Diagnosed | None) -> list[Table]:
    folder = Path(outputs.manifest).parent
    tables = [
        Table(
            path=Path(os.path.relpath(outputs.nodes, folder)).as_posix(),
            title="Nodes",
            caption="A row per node: its maps, mean over recordings, at the first threshold.",
        )
    ]
    if diagnosed is not None:
        tables.append(
            Table(
                path=Path(os.path.relpath(outputs.scores, folder)).as_posix(),
                title="Scores",
                caption="Out-of-fold scores of all classifiers, with 95 % bootstrap intervals.",
            )
        )
    return tables
