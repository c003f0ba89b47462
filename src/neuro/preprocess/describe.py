"""From a clean recording at rest to its manifest, with the figure of its quality."""

import os
from pathlib import Path
from typing import Protocol

import mne

from neuro.io import manifest
from neuro.io.atomic import atomic
from neuro.preprocess.eeg import read_history
from neuro.preprocess.findings import quality_numbers, quality_of, rest_warnings
from neuro.preprocess.methods import citations, paragraphs
from neuro.preprocess.pictures import quality_picture, quality_texts
from neuro.viz.quality import quality_figure
from neuro.viz.style import save_svg, style

NO_STEPS = {"read", "rest"}
"""Entries of a history that no step of the chain has made."""


class Outputs(Protocol):
    """Files of one recording: `figures` (a folder), `manifest` (`.json`)."""

    figures: Path
    manifest: Path


def run(
    continuous_path: str | Path, outputs: Outputs, *, dataset: str, recording_name: str
) -> manifest.Manifest:
    """Describe what cleaning has made of a recording at rest.

    Parameters
    ----------
    continuous_path : str | Path
        The cleaned recording that :func:`neuro.preprocess.eeg.run` wrote, without epochs.
    outputs : Outputs
        Where everything goes; the figures' folder lies beside or below the manifest.
    dataset, recording_name : str
        Names, for the manifest.

    Returns
    -------
    about : Manifest
        What was written.

    Raises
    ------
    ValueError
        If the recording lacks its history.
    """
    with mne.use_log_level("WARNING"):
        raw = mne.io.read_raw_fif(continuous_path, preload=True, verbose="ERROR")
        history = read_history(raw, continuous_path)
        quality = quality_of(history, list(raw.info["bads"]))
        with style(), atomic(outputs.figures) as temporary:
            temporary.mkdir()
            save_svg(quality_figure(quality_picture(raw, quality)), temporary / "quality.svg")
    folder = Path(os.path.relpath(outputs.figures, Path(outputs.manifest).parent)).as_posix()
    chain = [{e["method"]: e["params"]} for e in history if e["method"] not in NO_STEPS]
    about = manifest.Manifest(
        word="preprocess",
        dataset=dataset,
        recording=recording_name,
        title=f"Clean recording at rest of {recording_name}",
        question="Is the recording clean?",
        key_numbers=quality_numbers(quality),
        figures=[quality_texts(quality, f"{folder}/quality.svg")],
        methods=paragraphs(history),
        citations=citations(history),
        warnings=rest_warnings(history, quality),
        params={"chain": chain},
    )
    manifest.write(outputs.manifest, about)
    return about
