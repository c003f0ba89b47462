"""From preprocessed recordings of a dataset to networks, maps, diagnosis and the manifest."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from neuro.analyses.graphs.diagnose import Diagnosed, diagnose
from neuro.analyses.graphs.inputs import common_nodes
from neuro.analyses.graphs.model import Mapped, map_recordings, map_table
from neuro.analyses.graphs.pictures import draw
from neuro.analyses.graphs.product import (
    arrays_of,
    node_table,
    score_table,
    write_maps,
    write_tables,
)
from neuro.analyses.graphs.tables import read_edges
from neuro.analyses.graphs.texts import (
    QUESTION,
    citations,
    key_numbers,
    methods,
    tables_of,
    warnings_of,
)
from neuro.io import hdf5, manifest
from neuro.io.atomic import atomic, read_json
from neuro.io.manifest import Citation, Manifest
from neuro.io.tables import read_tsv, write_tsv
from neuro.viz.style import style

if TYPE_CHECKING:
    from neuro.config.diagnosis import Diagnosis
    from neuro.config.graphs import Graphs


class Outputs(Protocol):
    """Files of a dataset.

    `graphs` (`.h5`), `nodes` and `scores` (`.tsv`), `maps`, `tables` and `figures` (folders),
    `manifest` (`.json`).
    """

    graphs: Path
    nodes: Path
    scores: Path
    maps: Path
    tables: Path
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
    diagnosis: "Diagnosis | None" = None,
    root: str | Path = ".",
    source: str | Path | None = None,
    n_threads: int = 1,
) -> Mapped:
    """Build the networks of a dataset, map them, and tell two groups apart.

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
    diagnosis : Diagnosis | None
        Two groups; None for none.
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
    if diagnosis is not None:
        where = Path(root) / "participants.tsv"
        people = read_tsv(where, ("participant_id",))
        diagnosed = diagnose(
            mapped, people, diagnosis, rng, where=where, n_permutations=settings.n_permutations
        )
    _write(mapped, diagnosed, outputs, dataset, settings, diagnosis, source)
    return mapped


def run_table(
    table: str | Path,
    outputs: Outputs,
    *,
    dataset: str,
    settings: "Graphs",
    diagnosis: "Diagnosis",
    rng: np.random.Generator,
    source: str | Path | None = None,
) -> Mapped:
    """Map the networks of a table of connections, and tell two groups apart.

    Parameters
    ----------
    table : str | Path
        See :func:`neuro.analyses.graphs.tables.read_edges`.
    outputs, dataset, settings, rng, source
        As for :func:`run`.
    diagnosis : Diagnosis
        The two groups.

    Returns
    -------
    mapped : Mapped
        The maps.

    Raises
    ------
    ValueError
        If the table is none of connections, or does not fit the groups.
    """
    edges = read_edges(Path(table), diagnosis.pattern, fisher_z=diagnosis.fisher_z)
    mapped = map_table(edges, settings, rng)
    diagnosed = diagnose(
        mapped, edges.people, diagnosis, rng,
        where=edges.where, n_permutations=settings.n_permutations,
    )  # fmt: skip
    lost = f"Regions that someone lacks are left out: {', '.join(edges.left_out)}."
    more = [lost] if edges.left_out else []
    _write(mapped, diagnosed, outputs, dataset, settings, diagnosis, source, more)
    return mapped


def _write(
    mapped: Mapped,
    diagnosed: Diagnosed | None,
    outputs: Outputs,
    dataset: str,
    settings: "Graphs",
    diagnosis: "Diagnosis | None",
    source: str | Path | None,
    warnings: Sequence[str] = (),
) -> None:
    """Write arrays, tables, maps, figures and the manifest."""
    asked = None if diagnosis is None else diagnosis.model_dump(mode="json")
    params = settings.model_dump(mode="json") | {"diagnosis": asked}
    hdf5.write(outputs.graphs, arrays_of(mapped, diagnosed), params)
    write_tsv(outputs.nodes, node_table(mapped, diagnosed))
    write_tsv(outputs.scores, score_table(dataset, diagnosed))
    for path, write in ((outputs.maps, write_maps), (outputs.tables, write_tables)):
        with atomic(path) as temporary:
            temporary.mkdir()
            write(mapped, diagnosed, temporary)
    folder = Path(outputs.manifest).parent
    below = {
        name: Path(os.path.relpath(getattr(outputs, name), folder)).as_posix()
        for name in ("figures", "nodes", "scores", "tables")
    }
    with style(), atomic(outputs.figures) as temporary:
        temporary.mkdir()
        figures = draw(mapped, diagnosed, temporary, below["figures"])
    fetched = {} if source is None else read_json(source)
    cited = [Citation(text=fetched["citation"])] if fetched else []
    about = Manifest(
        word="graphs",
        dataset=dataset,
        title=f"Brain networks of {dataset}",
        question=QUESTION,
        key_numbers=key_numbers(mapped, diagnosed),
        figures=figures,
        tables=tables_of(below, diagnosed),
        methods=methods(mapped, settings, diagnosed, diagnosis),
        citations=cited + citations(diagnosed, diagnosis),
        licenses=[fetched["license"]] if fetched else [],
        warnings=[*warnings, *warnings_of(mapped, diagnosed)],
        params=params,
    )
    manifest.write(outputs.manifest, about)
