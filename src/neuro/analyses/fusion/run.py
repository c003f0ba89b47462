"""From a tree of derivatives to scores, map, figures and the manifest."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import h5py
import numpy as np
from numpy.typing import NDArray

from neuro.analyses.fusion import pictures, texts
from neuro.analyses.fusion.activation import ranking_area
from neuro.analyses.fusion.analysis import Analysis, analyse
from neuro.analyses.fusion.cohort import Cohort
from neuro.analyses.fusion.product import arrays_of, score_table, write_encoders, write_tables
from neuro.analyses.fusion.reading import read_cohort
from neuro.analyses.fusion.table import read_table
from neuro.io import hdf5, manifest
from neuro.io.atomic import atomic, read_json
from neuro.io.manifest import Citation, Manifest
from neuro.io.tables import write_tsv
from neuro.viz.style import save_svg, style

if TYPE_CHECKING:
    from neuro.config.fusion import Fusion, FusionCohort, FusionTable


class Outputs(Protocol):
    """Files: `fusion` (`.h5`), `encoders` (`.safetensors`), `scores` (`.tsv`), `manifest`.

    Folders: `tables`, `figures`.
    """

    fusion: Path
    encoders: Path
    scores: Path
    tables: Path
    figures: Path
    manifest: Path


def run(
    root: str | Path,
    outputs: Outputs,
    *,
    dataset: str,
    settings: "Fusion",
    asked: "FusionCohort | FusionTable",
    rng: np.random.Generator,
    subjects: Sequence[str] | None = None,
    table: str | None = None,
    truth: str | Path | None = None,
    source: str | Path | None = None,
) -> Analysis:
    """Tell two groups of a tree of derivatives apart, by both modalities.

    Parameters
    ----------
    root : str | Path
        The tree.
    outputs : Outputs
        Where everything goes.
    dataset : str
        Its name.
    settings : Fusion
        The model, and what it is compared with.
    asked : FusionCohort | FusionTable
        Which features of whom; of a tree of derivatives, or of a table.
    rng : numpy.random.Generator
        Random numbers.
    subjects : sequence of str | None
        Labels of those who are used; None for all. Of a tree.
    table : str | None
        Path of the table below `root`; None for a tree of derivatives.
    truth : str | Path | None
        `truth.h5` of simulated people.
    source : str | Path | None
        The dataset's `fetch.json`, for license and citation.

    Raises
    ------
    ValueError
        If the tree's tables do not fit each other or the settings.
    """
    cohort = _read(Path(root), asked, subjects, table)
    found = analyse(cohort, settings, asked, rng)
    planted, known = _truth(found, truth)
    params = {"fusion": settings.model_dump(mode="json"), "cohort": asked.model_dump(mode="json")}
    hdf5.write(outputs.fusion, arrays_of(found), params)
    write_encoders(outputs.encoders, found)
    write_tsv(outputs.scores, score_table(dataset, found))
    with atomic(outputs.tables) as folder:
        folder.mkdir()
        write_tables(found, folder)
    _draw(found, planted, outputs.figures)
    home = Path(outputs.manifest).parent
    below = {
        name: Path(os.path.relpath(getattr(outputs, name), home)).as_posix()
        for name in ("figures", "scores", "tables")
    }
    fetched = {} if source is None else read_json(source)
    manifest.write(
        outputs.manifest,
        Manifest(
            word="fusion",
            dataset=dataset,
            title=f"Fusion of the modalities of {dataset}",
            question=texts.QUESTION,
            key_numbers=texts.key_numbers(found, known),
            figures=[
                about.model_copy(update={"path": f"{below['figures']}/{name}.svg"})
                for name, about in texts.figures_of(found).items()
            ],
            tables=texts.tables_of(below, found),
            methods=texts.methods(found, settings, asked),
            citations=[
                *([Citation(text=fetched["citation"])] if fetched else []),
                *texts.CITATIONS,
            ],
            licenses=[fetched["license"]] if fetched else [],
            warnings=texts.warnings_of(found),
            params=params,
        ),
    )
    return found


def _read(
    root: Path,
    asked: "FusionCohort | FusionTable",
    subjects: Sequence[str] | None,
    table: str | None,
) -> Cohort:
    if table is not None:
        return read_table(root / table, cast("FusionTable", asked))
    return read_cohort(root, cast("FusionCohort", asked), subjects)


def _draw(found: Analysis, planted: "NDArray[np.bool_] | None", figures: Path) -> None:
    drawn: dict[str, Any] = {
        "methods": lambda: pictures.methods_figure(found),
        "prediction": lambda: pictures.prediction_figure(found),
        "map": lambda: pictures.map_figure(found, planted),
        "deletion": lambda: pictures.deletion_figure(found),
    }
    if found.variants:
        drawn["ablation"] = lambda: pictures.ablation_figure(found)
    with style(), atomic(figures) as folder:
        folder.mkdir()
        for name, drawing in drawn.items():
            save_svg(drawing(), folder / f"{name}.svg")


def _truth(
    found: Analysis, path: str | Path | None
) -> "tuple[NDArray[np.bool_] | None, dict[str, float]]":
    """Planted regions, and how far before others the map ranks what was planted."""
    if path is None:
        return None, {}
    with h5py.File(path) as file:
        planted = np.asarray(file["planted"][()], dtype=bool)
        known = {"oracle": float(file["oracle"][0])}
        told = bool(np.any(file["log_odds"][()]))
    regions, pairs = found.activation.joint()
    if told and len(planted) == len(regions):
        known["regions"] = ranking_area(regions, planted)
    if "regions" in known and pairs.size:
        rows, columns = np.triu_indices(len(regions), 1)
        both = planted[rows] & planted[columns]
        known["pairs"] = ranking_area(pairs[rows, columns], both)
    return planted, known
