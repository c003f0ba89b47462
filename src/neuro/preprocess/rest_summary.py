"""All recordings at rest of a dataset together: table of their quality, manifest."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import mne
import pandas as pd

from neuro.io import manifest
from neuro.io.atomic import read_json
from neuro.io.derivatives import write_description
from neuro.io.manifest import KeyNumber, Manifest
from neuro.io.tables import write_tsv
from neuro.preprocess.eeg import read_history
from neuro.preprocess.findings import quality_of
from neuro.preprocess.summary import MOST_SINGLE, shared_methods, single_numbers

COLUMNS = [
    "recording",
    "duration_s",
    "good_s",
    "n_channels",
    "n_bad_channels",
    "bad_channels",
    "n_components",
    "n_components_removed",
]


class Outputs(Protocol):
    """Files of a dataset.

    `quality` (`.tsv`), `description` (`dataset_description.json`) and `manifest` (`.json`).
    """

    quality: Path
    description: Path
    manifest: Path


def run(
    manifest_paths: Sequence[str | Path],
    continuous_paths: Sequence[str | Path],
    outputs: Outputs,
    *,
    dataset: str,
    source: str | Path | None = None,
) -> pd.DataFrame:
    """Summarise the recordings at rest of a dataset.

    Parameters
    ----------
    manifest_paths, continuous_paths : sequence of str | Path
        What :func:`neuro.preprocess.describe.run` wrote of each recording, and the cleaned
        recordings, in the same order.
    outputs : Outputs
        Where everything goes; the table lies beside or below the manifest.
    dataset : str
        Its name.
    source : str | Path | None
        The dataset's `fetch.json`, for license and citation.

    Returns
    -------
    quality : DataFrame
        One row per recording.

    Raises
    ------
    ValueError
        If there is no recording, or the two lists do not belong together.
    """
    if not manifest_paths or len(manifest_paths) != len(continuous_paths):
        raise ValueError(
            f"{dataset}: needs a manifest and a recording for each of at least one recording, "
            f"got {len(manifest_paths)} and {len(continuous_paths)}"
        )
    abouts = [manifest.read(path) for path in manifest_paths]
    pairs = zip(abouts, continuous_paths, strict=True)
    quality = pd.DataFrame([_row(about, path) for about, path in pairs], columns=COLUMNS)
    fetched = {} if source is None else read_json(source)
    write_tsv(outputs.quality, quality)
    write_description(outputs.description, dataset, "clean EEG at rest", fetched)
    manifest.write(outputs.manifest, _manifest(dataset, abouts, quality, fetched, outputs))
    return quality


def _row(about: Manifest, path: str | Path) -> list[Any]:
    if not Path(path).name.startswith(f"{about.recording}_"):
        raise ValueError(f"{path}: does not belong to the manifest of {about.recording}")
    raw = mne.io.read_raw_fif(path, preload=False, verbose="ERROR")
    quality = quality_of(read_history(raw, path), list(raw.info["bads"]))
    return [
        about.recording,
        quality.seconds,
        quality.seconds_good,
        quality.n_channels,
        len(quality.bads),
        ",".join(quality.bads) or None,
        quality.n_components,
        quality.n_excluded,
    ]


def _manifest(
    dataset: str,
    abouts: Sequence[Manifest],
    quality: pd.DataFrame,
    fetched: Mapping[str, Any],
    outputs: Outputs,
) -> Manifest:
    citations = [citation for about in abouts for citation in about.citations]
    if fetched:
        citations.insert(0, manifest.Citation(text=fetched["citation"]))
    path = Path(os.path.relpath(outputs.quality, Path(outputs.manifest).parent)).as_posix()
    table = manifest.Table(
        path=path,
        title="Quality",
        caption="One row per recording: duration and good part, channels that were found bad, "
        "independent components and those removed.",
    )
    return Manifest(
        word="preprocess",
        dataset=dataset,
        title=f"Preprocessing of {dataset}",
        question="Are the recordings clean?",
        key_numbers=single_numbers(abouts) if len(abouts) <= MOST_SINGLE else _group(quality),
        tables=[table],
        methods=shared_methods(abouts),
        citations=list({citation.text: citation for citation in citations}.values()),
        licenses=[fetched["license"]] if fetched else [],
        params=abouts[0].params,
    )


def _group(quality: pd.DataFrame) -> list[KeyNumber]:
    n = f"{len(quality)} recordings"
    share = 100 * quality["good_s"].sum() / quality["duration_s"].sum()
    return [
        KeyNumber(name="recording kept", value=float(share), unit="%", n=n),
        KeyNumber(
            name="bad channels per recording, mean",
            value=float(quality["n_bad_channels"].mean()),
            n=n,
        ),
    ]
