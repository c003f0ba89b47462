"""From clean epochs to decoding over time, figures and the manifest of one recording."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import mne
import numpy as np
import pandas as pd

from neuro.io import hdf5, manifest
from neuro.io.atomic import atomic
from neuro.io.tables import write_tsv
from neuro.preprocess.contrasts import generator_for
from neuro.preprocess.decode import evaluate
from neuro.preprocess.decoded import Decoded
from neuro.preprocess.decoding_arrays import arrays_of, score_table
from neuro.preprocess.decoding_pictures import draw
from neuro.preprocess.decoding_texts import citations, key_numbers, paragraphs, warnings_of
from neuro.viz.style import save_svg, style

if TYPE_CHECKING:
    from neuro.config.eeg import EEGDecoding


class Outputs(Protocol):
    """Files of one recording.

    `decoding` (`.h5`), `scores` (`.tsv`), `figures` (a folder), `manifest` (`.json`).
    """

    decoding: Path
    scores: Path
    figures: Path
    manifest: Path


def run(
    epochs_path: str | Path,
    outputs: Outputs,
    *,
    dataset: str,
    recording_name: str,
    params: "EEGDecoding",
    seed: int,
    rng: np.random.Generator,
) -> dict[str, Decoded]:
    """Decode every contrast of one recording.

    Parameters
    ----------
    epochs_path : str | Path
        Epochs that :func:`neuro.preprocess.eeg.run` wrote.
    outputs : Outputs
        Where everything goes; the figures' folder lies beside or below the manifest.
    dataset, recording_name : str
        Names, for table and manifest.
    params : EEGDecoding
        Folds, shrinkage, contrasts, statistics.
    seed : int
        Seed of the configuration, for the table.
    rng : numpy.random.Generator
        Random numbers; those of one contrast do not depend on other contrasts.

    Returns
    -------
    decoded : dict of str to Decoded
        By contrast.

    Raises
    ------
    ValueError
        If the epochs lack a condition or channel, or a block lacks trials of a side; nothing is
        written then.
    """
    with mne.use_log_level("WARNING"):
        epochs = mne.read_epochs(epochs_path, preload=True, verbose="ERROR")
        entropy = int(rng.integers(2**63))
        try:
            decoded = {
                name: evaluate(epochs, name, params, generator_for(name, entropy))
                for name in params.contrasts
            }
        except ValueError as error:
            raise ValueError(f"{epochs_path}: {error}") from error
    hdf5.write(outputs.decoding, arrays_of(decoded, params), params.model_dump(mode="json"))
    table = score_table(decoded, params, dataset, recording_name, seed)
    write_tsv(outputs.scores, table)
    figures = _draw(decoded, params, outputs)
    manifest.write(
        outputs.manifest, _about(decoded, params, outputs, table, figures, dataset, recording_name)
    )
    return decoded


def _draw(
    decoded: Mapping[str, Decoded], params: "EEGDecoding", outputs: Outputs
) -> list[manifest.Figure]:
    """Draw all figures into their folder."""
    folder = Path(os.path.relpath(outputs.figures, Path(outputs.manifest).parent)).as_posix()
    described = []
    with style(), atomic(outputs.figures) as temporary:
        temporary.mkdir()
        for one in decoded.values():
            for name, figure, texts in draw(one, params):
                save_svg(figure, temporary / f"{name}.svg")
                described.append(manifest.Figure(path=f"{folder}/{name}.svg", **texts))
    return described


def _about(
    decoded: Mapping[str, Decoded],
    params: "EEGDecoding",
    outputs: Outputs,
    table: pd.DataFrame,
    figures: list[manifest.Figure],
    dataset: str,
    recording_name: str,
) -> manifest.Manifest:
    path = Path(os.path.relpath(outputs.scores, Path(outputs.manifest).parent)).as_posix()
    return manifest.Manifest(
        word="decoding",
        dataset=dataset,
        recording=recording_name,
        title=f"Decoding of {recording_name}",
        question="Can the conditions be told apart from single trials, when, and for how long?",
        key_numbers=key_numbers(decoded, params),
        figures=figures,
        tables=[
            manifest.Table(
                path=path,
                title="Scores",
                caption=f"{len(table)} areas under the ROC curve within the contrasts' windows: "
                "for each contrast and method those of the blocks, and that over all of them.",
            )
        ],
        methods=paragraphs(params),
        citations=citations(params),
        warnings=warnings_of(decoded),
        params=params.model_dump(mode="json"),
    )
