"""From all jobs of a dataset to its tables, figures and manifest."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from neuro.analyses.eegbench.collect import Board, comparison_table, gather, summary_table
from neuro.analyses.eegbench.pictures import draw
from neuro.analyses.eegbench.scores import COLUMNS
from neuro.analyses.eegbench.texts import CITATIONS, key_numbers, methods, warnings_of
from neuro.io import manifest
from neuro.io.atomic import atomic, read_json
from neuro.io.manifest import Citation, Manifest, Table
from neuro.io.tables import read_tsv, write_tsv
from neuro.io.trials import read_trials
from neuro.viz.style import style

if TYPE_CHECKING:
    from neuro.config.eegbench import DatasetTasks, EEGBench

CAPTIONS = {
    "summary": ("Scores", "Every method on every task and split: means over folds, with "
                "intervals for balanced accuracy and the area under the ROC curve."),
    "comparisons": ("Comparisons", "All pairs of methods: difference of the areas under the ROC "
                    "curve with its paired interval, p, and p after Holm."),
    "audit": ("Audit", "Tests that no score comes from a leak."),
}  # fmt: skip


class Outputs(Protocol):
    """Files of a dataset.

    `scores`, `summary`, `comparisons` and `audit` (`.tsv`), `figures` (a folder), `manifest`
    (`.json`).
    """

    scores: Path
    summary: Path
    comparisons: Path
    audit: Path
    figures: Path
    manifest: Path


def run(
    folders: Sequence[str | Path],
    audits: Sequence[str | Path],
    outputs: Outputs,
    *,
    dataset: str,
    section: "DatasetTasks",
    settings: "EEGBench",
    seed: int,
    trials: Sequence[str | Path] = (),
    source: str | Path | None = None,
) -> list[Board]:
    """Summarise the benchmark on a dataset.

    Parameters
    ----------
    folders : sequence of str | Path
        Folders of the jobs, `<task>_<split>_<family>`.
    audits : sequence of str | Path
        Tables of the audits.
    outputs : Outputs
        Where everything goes.
    dataset : str
        Its name.
    section : DatasetTasks
        `datasets.<name>.eegbench`.
    settings : EEGBench
        The section `eegbench`.
    seed : int
        Of the bootstrap.
    trials : sequence of str | Path
        Files of trials, for their notes.
    source : str | Path | None
        The dataset's `fetch.json`, for license and citation.

    Returns
    -------
    boards : list of Board
        Tasks and splits.

    Raises
    ------
    ValueError
        If no method could be used.
    """
    boards, refused = gather([Path(folder) for folder in folders], settings, seed)
    if not boards:
        raise ValueError(f"{dataset}: no method could be used: {dict(refused)}")
    tables = {
        "scores": pd.concat([board.scores for board in boards])[list(COLUMNS)],
        "summary": summary_table(dataset, boards),
        "comparisons": comparison_table(dataset, boards, settings.confidence),
        "audit": _audit(audits),
    }
    for name, table in tables.items():
        write_tsv(getattr(outputs, name), table)
    audit = tables["audit"]
    folder = Path(outputs.manifest).parent
    relative = Path(os.path.relpath(outputs.figures, folder)).as_posix()
    with style(), atomic(outputs.figures) as temporary:
        temporary.mkdir()
        figures = draw(boards, audit, temporary, relative, settings.confidence)
    notes = dict.fromkeys(f"{Path(path).name}: {read_trials(path).note}" for path in trials)
    fetched: Mapping[str, str] = {} if source is None else read_json(source)
    about = Manifest(
        word="eegbench",
        dataset=dataset,
        title=f"Benchmark of single-trial methods on {dataset}",
        question="Which method tells the classes apart in trials that it has not seen, how surely, "
        "and at what cost?",
        key_numbers=key_numbers(boards, audit, settings),
        figures=figures,
        tables=[
            Table(path=Path(os.path.relpath(getattr(outputs, name), folder)).as_posix(),
                  title=title, caption=caption)
            for name, (title, caption) in CAPTIONS.items()
            if len(tables[name])
        ],
        methods=methods(boards, settings, section),
        citations=([Citation(text=fetched["citation"])] if fetched else []) + CITATIONS,
        licenses=[fetched["license"]] if fetched else [],
        warnings=warnings_of(boards, refused, audit, [n for n in notes if not n.endswith(": ")]),
        params={"eegbench": settings.model_dump(mode="json"), **section.model_dump(mode="json")},
    )  # fmt: skip
    manifest.write(outputs.manifest, about)
    return boards


def _audit(paths: Sequence[str | Path]) -> pd.DataFrame:
    found = [read_tsv(path) for path in paths]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=["test"])
