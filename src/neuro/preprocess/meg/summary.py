"""All recordings of an MEG dataset together: table, overview figure, manifest."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from neuro.io import manifest
from neuro.io.atomic import atomic, read_json
from neuro.io.derivatives import write_description
from neuro.io.manifest import Figure, KeyNumber, Manifest, Table
from neuro.io.tables import read_tsv, write_tsv
from neuro.preprocess.meg.align import COLUMNS
from neuro.preprocess.steps.sentences import conjoin
from neuro.viz.meg_summary import summary_figure
from neuro.viz.style import save_svg, style

BIDS_VERSION = "1.10.0"
MOST_SINGLE = 6
"""With more recordings, key numbers are means over recordings."""
KEPT = {
    "good data": "good_percent",
    "channels left out": "n_channels_left_out",
    "components removed": "n_components_removed",
    "distance of head shape from scalp, median": "head_distance_mm",
    "rank used": "rank",
    "mean absolute zero-lag correlation of parcels, before": "leakage_before",
    "mean absolute zero-lag correlation of parcels, after": "leakage_after",
}
"""Key numbers that become columns."""
SHOWN = {
    "good_percent": "Good data (%)",
    "head_distance_mm": "Head shape to scalp (mm)",
    "leakage_before": "Leakage before (mean |r|)",
    "r_after": "Correlation with template",
}


class Outputs(Protocol):
    """Files of a dataset.

    `table` (`.tsv`), `description` (`dataset_description.json`), `figures` (a folder) and
    `manifest` (`.json`).
    """

    table: Path
    description: Path
    figures: Path
    manifest: Path


def run(
    manifest_paths: Sequence[str | Path],
    signs_path: str | Path,
    outputs: Outputs,
    *,
    dataset: str,
    source: str | Path | None = None,
) -> pd.DataFrame:
    """Summarise the recordings of a dataset.

    Parameters
    ----------
    manifest_paths : sequence of str | Path
        What :func:`neuro.preprocess.meg.finish.run` wrote for each recording.
    signs_path : str | Path
        What :func:`neuro.preprocess.meg.align.run` wrote.
    outputs : Outputs
        Where everything goes; the figures' folder lies beside or below the manifest.
    dataset : str
        Its name.
    source : str | Path | None
        The dataset's `fetch.json`, for license and citation.

    Returns
    -------
    table : DataFrame
        A row per recording.

    Raises
    ------
    ValueError
        If there is no recording.
    """
    if not manifest_paths:
        raise ValueError(f"{dataset}: needs the manifest of at least one recording, got none")
    abouts = [manifest.read(path) for path in manifest_paths]
    fetched = {} if source is None else read_json(source)
    signs = read_tsv(signs_path, COLUMNS).set_index("recording")
    table = pd.DataFrame([_row(about, signs) for about in abouts])
    write_tsv(outputs.table, table)
    write_description(
        outputs.description, dataset, "clean MEG and time courses of parcels", fetched
    )
    figure = _draw(table, outputs)
    manifest.write(outputs.manifest, _about(dataset, abouts, table, figure, fetched, outputs))
    return table


def _row(about: Manifest, signs: pd.DataFrame) -> dict[str, Any]:
    """Row of the table."""
    by_name = {number.name: number.value for number in about.key_numbers}
    row: dict[str, Any] = {"recording": about.recording}
    row |= {column: by_name.get(name, np.nan) for name, column in KEPT.items()}
    own: Any = signs.loc[about.recording]
    row |= {"template": bool(own["template"]), "r_before": own["r_before"]}
    return {**row, "r_after": own["r_after"], "n_flipped": int(own["n_flipped"])}


def _draw(table: pd.DataFrame, outputs: Outputs) -> Figure:
    folder = Path(os.path.relpath(outputs.figures, Path(outputs.manifest).parent)).as_posix()
    columns = {
        title: table[column].to_numpy(dtype=float)
        for column, title in SHOWN.items()
        if table[column].notna().any()
    }
    with style(), atomic(outputs.figures) as temporary:
        temporary.mkdir()
        figure = summary_figure([str(name) for name in table["recording"]], columns)
        save_svg(figure, temporary / "recordings.svg")
    told = ", ".join(f"{title} {np.nanmedian(values):.3g}" for title, values in columns.items())
    return Figure(
        path=f"{folder}/recordings.svg",
        title="Recordings",
        caption=f"A dot for each of {len(table)} recordings, by name; line: median.",
        alt=f"Medians: {told}.",
    )


def _about(
    dataset: str,
    abouts: Sequence[Manifest],
    table: pd.DataFrame,
    figure: Figure,
    fetched: Mapping[str, Any],
    outputs: Outputs,
) -> Manifest:
    citations = [citation for about in abouts for citation in about.citations]
    if fetched:
        citations.insert(0, manifest.Citation(text=fetched["citation"]))
    licenses = [fetched["license"]] if fetched else []
    licenses += [text for about in abouts for text in about.licenses]
    path = Path(os.path.relpath(outputs.table, Path(outputs.manifest).parent)).as_posix()
    return Manifest(
        word="preprocess",
        dataset=dataset,
        title=f"Preprocessing of {dataset}",
        question="Are the recordings clean, and are their parcels alike?",
        key_numbers=_single(abouts) if len(abouts) <= MOST_SINGLE else _group(table),
        figures=[figure],
        tables=[
            Table(
                path=path,
                title="Recordings",
                caption="One row per recording: good data, head, rank, leakage between parcels, "
                "and correlation of its embedded covariance with the template's before and after "
                "signs were chosen.",
            )
        ],
        methods=_methods(abouts),
        citations=list({citation.text: citation for citation in citations}.values()),
        licenses=list(dict.fromkeys(licenses)),
        params=abouts[0].params,
    )


def _single(abouts: Sequence[Manifest]) -> list[KeyNumber]:
    """The recordings' own numbers under their names: one measure after the other."""
    measures = dict.fromkeys(number.name for about in abouts for number in about.key_numbers)
    return [
        number.model_copy(update={"name": f"{number.name}, {about.recording}"})
        for measure in measures
        for about in abouts
        for number in about.key_numbers
        if number.name == measure
    ]


def _group(table: pd.DataFrame) -> list[KeyNumber]:
    """Means over recordings."""
    names = {column: name for name, column in KEPT.items()}
    return [
        KeyNumber(
            name=f"{names[column]}, mean",
            value=float(table[column].mean()),
            n=f"{int(table[column].notna().sum())} recordings",
        )
        for column in names
        if table[column].notna().any()
    ]


def _methods(abouts: Sequence[Manifest]) -> list[str]:
    """Paragraphs of all recordings; what only some have, under their names."""
    texts: dict[str, list[str]] = {}
    for about in abouts:
        for text in about.methods:
            texts.setdefault(text, []).append(about.recording)
    return [
        text if len(names) == len(abouts) else f"{text} ({conjoin(names)})"
        for text, names in texts.items()
    ]
