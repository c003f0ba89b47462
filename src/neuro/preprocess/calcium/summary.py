"""All recordings of a calcium dataset together: table, figures, manifest."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from neuro.io import hdf5, manifest
from neuro.io.atomic import atomic, read_json
from neuro.io.derivatives import write_description
from neuro.io.manifest import Figure, KeyNumber, Manifest
from neuro.io.tables import read_tsv, write_tsv
from neuro.preprocess.calcium.align import Head, read_head
from neuro.preprocess.calcium.traces import Bools
from neuro.viz.calcium_dataset import RecordingQuality, presence_figure, recordings_figure
from neuro.viz.style import save_svg, style

BIDS_VERSION = "1.10.0"


class Outputs(Protocol):
    """Files of a dataset: `table`, `description`, `figures` (a folder), `manifest`."""

    table: Path
    description: Path
    figures: Path
    manifest: Path


def run(
    manifest_paths: Sequence[str | Path],
    traces_paths: Sequence[str | Path],
    neurons_paths: Sequence[str | Path],
    aligned_path: str | Path,
    outputs: Outputs,
    *,
    dataset: str,
    source: str | Path | None = None,
) -> pd.DataFrame:
    """Summarise the recordings of a dataset.

    Parameters
    ----------
    manifest_paths, traces_paths, neurons_paths : sequence of str | Path
        Each recording's manifest, traces and table of neurons, in the same order.
    aligned_path : str | Path
        What :func:`neuro.preprocess.calcium.align.run` wrote.
    outputs : Outputs
        Where everything goes; the figures' folder lies beside or below the manifest.
    dataset : str
        Its name.
    source : str | Path | None
        The dataset's `fetch.json`, for license and citation.

    Returns
    -------
    table : DataFrame
        One row per recording.

    Raises
    ------
    ValueError
        If there is no recording, or the lists do not belong together.
    """
    if not manifest_paths or not len(manifest_paths) == len(traces_paths) == len(neurons_paths):
        raise ValueError(
            f"{dataset}: needs a manifest, traces and a table of neurons for each of at least one "
            f"recording, got {len(manifest_paths)}, {len(traces_paths)} and {len(neurons_paths)}"
        )
    abouts = [manifest.read(path) for path in manifest_paths]
    heads = [read_head(path) for path in traces_paths]
    neurons = [read_tsv(path, ("neuron", "present", "snr")) for path in neurons_paths]
    table = pd.DataFrame([_row(*parts) for parts in zip(abouts, heads, neurons, strict=True)])
    write_tsv(outputs.table, table)
    fetched = {} if source is None else read_json(source)
    write_description(
        outputs.description, dataset, "calcium traces, events and derivatives", fetched
    )
    aligned = hdf5.read(aligned_path)
    present: Bools = np.asarray(aligned["present"].values, dtype=bool)
    names = list(map(str, np.asarray(aligned["names"].values)))
    figures = _draw(table, neurons, present, names, outputs)
    about = _manifest(dataset, abouts, table, present, figures, fetched, outputs)
    manifest.write(outputs.manifest, about)
    return table


def _row(about: Manifest, head: Head, neurons: pd.DataFrame) -> dict[str, Any]:
    if head.name != about.recording:
        raise ValueError(f"{head.path}: does not belong to the manifest of {about.recording}")
    used = neurons[neurons["present"]]
    found = next(number for number in about.key_numbers if number.name == "neurons")
    row = {
        "recording": about.recording,
        "neurons": head.n_neurons,
        "regions": int(found.n.split()[1]),
        "identified": len(head.rows),
        "frames": len(head.time),
        "good_share": float(head.good.mean()),
        "sfreq": head.sfreq,
        "duration_s": float(head.time[-1] - head.time[0] + 1 / head.sfreq),
        "kind": head.kind,
        "snr_median": float(used["snr"].median()),
    }
    for column in ("noise_level", "events_per_minute", "tau_decay"):
        row[f"{column}_median"] = float(used[column].median()) if column in used else np.nan
    return row


def _draw(
    table: pd.DataFrame,
    neurons: Sequence[pd.DataFrame],
    present: Bools,
    names: Sequence[str],
    outputs: Outputs,
) -> list[Figure]:
    folder = Path(os.path.relpath(outputs.figures, Path(outputs.manifest).parent)).as_posix()
    qualities = [
        RecordingQuality(
            name=str(row["recording"]),
            n_used=int(row["neurons"]),
            n_found=int(row["regions"]),
            good=float(row["good_share"]),
            snr=each.loc[each["present"], "snr"].to_numpy(np.float64),
        )
        for (_, row), each in zip(table.iterrows(), neurons, strict=True)
    ]
    figures = [
        Figure(
            path=f"{folder}/recordings.svg",
            title="Quality of all recordings",
            caption="Neurons that are used, of all regions the file holds; frames without "
            "artifacts; signal-to-noise ratio of each neuron that is used.",
            alt=f"{len(table)} recordings with {int(table['neurons'].sum())} neurons in all.",
        )
    ]
    with style(), atomic(outputs.figures) as temporary:
        temporary.mkdir()
        save_svg(recordings_figure(qualities), temporary / "recordings.svg")
        if names and len(table) > 1:
            animals = [str(name) for name in table["recording"]]
            save_svg(presence_figure(present, animals, names), temporary / "presence.svg")
            figures.append(_presence_texts(present, f"{folder}/presence.svg"))
    return figures


def _presence_texts(present: Bools, path: str) -> Figure:
    shared = int(present.all(axis=0).sum())
    return Figure(
        path=path,
        title="Neurons by name",
        caption="Which neuron, by name, was recorded in which animal. What is missing stays "
        "missing in `aligned.h5`, as a mask.",
        alt=f"{present.shape[1]} named neurons in {len(present)} recordings; {shared} in all.",
    )


def _manifest(
    dataset: str,
    abouts: Sequence[Manifest],
    table: pd.DataFrame,
    present: Bools,
    figures: list[Figure],
    fetched: Mapping[str, Any],
    outputs: Outputs,
) -> Manifest:
    citations = [citation for about in abouts for citation in about.citations]
    if fetched:
        citations.insert(0, manifest.Citation(text=fetched["citation"]))
    path = Path(os.path.relpath(outputs.table, Path(outputs.manifest).parent)).as_posix()
    methods = list(dict.fromkeys(text for about in abouts for text in about.methods))
    if present.size:
        methods.append(
            "Neurons of different recordings were put on one axis by their names; one that was not "
            "recorded stays missing, as a mask."
        )
    return Manifest(
        word="preprocess",
        dataset=dataset,
        title=f"Preprocessing of {dataset}",
        question="Are the traces clean, and which neurons do the recordings share?",
        key_numbers=_key_numbers(table, present),
        figures=figures,
        tables=[
            manifest.Table(
                path=path,
                title="Recordings",
                caption="One row per recording: neurons, frames, and medians over its neurons of "
                "signal-to-noise ratio, noise level (%/√Hz), events and decay (s).",
            )
        ],
        methods=methods,
        citations=list({citation.text: citation for citation in citations}.values()),
        licenses=[fetched["license"]] if fetched else [],
        params=abouts[0].params,
    )


def _key_numbers(table: pd.DataFrame, present: Bools) -> list[KeyNumber]:
    n = f"{len(table)} recording{'s' if len(table) > 1 else ''}"
    frames = float(np.average(table["good_share"], weights=table["frames"]))
    numbers = [
        KeyNumber(name="neurons", value=int(table["neurons"].sum()), n=f"in {n}"),
        KeyNumber(name="good frames", value=100 * frames, unit="%", n=n),
    ]
    if table["snr_median"].notna().any():
        numbers.append(
            KeyNumber(
                name="signal-to-noise ratio, median over recordings",
                value=float(table["snr_median"].median()),
                n=n,
            )
        )
    if present.size:
        numbers.append(
            KeyNumber(
                name="neurons in every recording, by name",
                value=int(present.all(axis=0).sum()),
                n=f"of {present.shape[1]} names",
            )
        )
    return numbers
