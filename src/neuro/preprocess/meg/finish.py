"""Parcels of one recording with their final signs, figures, and the recording's manifest."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import mne
import numpy as np
import pandas as pd

from neuro.io import hdf5, manifest
from neuro.io.atomic import atomic
from neuro.io.hdf5 import Array
from neuro.preprocess.chain import History
from neuro.preprocess.meg import texts
from neuro.preprocess.meg.align import read_signs
from neuro.preprocess.meg.measure import Component, measure
from neuro.preprocess.meg.pictures import draw
from neuro.viz.style import save_svg, style

if TYPE_CHECKING:
    from neuro.config.meg import MEGPreprocess

SCRATCH = ("embedded", "evoked/trials", "evoked/condition")
"""What only the steps in between need."""
SIGNED = ("parcels", "filters")


class Outputs(Protocol):
    """Files of one recording: `parcels` (`.h5`), `figures` (a folder), `manifest` (`.json`)."""

    parcels: Path
    figures: Path
    manifest: Path


@dataclass(frozen=True)
class Finished:
    """What is told of one recording.

    Parameters
    ----------
    arrays : dict of str to Array
        Parcels with their final signs.
    history : list of dict
        All steps.
    components : list of Component
        Deflections at the sources.
    """

    arrays: dict[str, Array]
    history: History
    components: list[Component]


def run(
    unflipped_path: str | Path,
    signs_path: str | Path,
    continuous_path: str | Path,
    outputs: Outputs,
    *,
    dataset: str,
    recording_name: str,
    params: "MEGPreprocess",
    rng: np.random.Generator,
) -> Finished:
    """Give the parcels their signs, and tell of the recording.

    Parameters
    ----------
    unflipped_path : str | Path
        What :func:`neuro.preprocess.meg.parcellate.run` wrote.
    signs_path : str | Path
        What :func:`neuro.preprocess.meg.align.run` wrote.
    continuous_path : str | Path
        The cleaned recording, for its figure.
    outputs : Outputs
        Where everything goes; the figures' folder lies beside or below the manifest.
    dataset, recording_name : str
        Names, for the manifest.
    params : MEGPreprocess
        Everything.
    rng : numpy.random.Generator
        Random numbers, for permutations.

    Returns
    -------
    finished : Finished
        What was written.
    """
    arrays = hdf5.read(unflipped_path)
    history: History = hdf5.read_params(unflipped_path)["history"]
    named = arrays["names"]
    names = list(map(str, np.asarray(named.values)))
    signs, row = read_signs(signs_path, recording_name, names)
    history.append(_entry(row, params))
    components = [
        measure(arrays, name, component, rng) for name, component in params.components.items()
    ]
    kept = _signed(arrays, signs)
    hdf5.write(outputs.parcels, kept, {"history": history})
    finished = Finished(kept, history, components)
    with mne.use_log_level("WARNING"):
        raw = mne.io.read_raw_fif(continuous_path, preload=True, verbose="ERROR")
        figures = _draw(finished, raw, outputs)
    about = manifest.Manifest(
        word="preprocess",
        dataset=dataset,
        recording=recording_name,
        title=f"Clean sensors and parcels of {recording_name}",
        question="Is the recording clean, and are its sources where they should be?",
        key_numbers=texts.key_numbers(kept, history, components),
        figures=figures,
        methods=texts.paragraphs(history, params),
        citations=texts.citations(history, params),
        licenses=texts.licenses(params),
        warnings=texts.warnings_of(kept, history),
        params=params.model_dump(mode="json"),
    )
    manifest.write(outputs.manifest, about)
    return finished


def _entry(row: pd.Series, params: "MEGPreprocess") -> dict[str, Any]:
    """Entry of the history about signs."""
    found = {
        "template": bool(row["template"]),
        "r_before": None if pd.isna(row["r_before"]) else round(float(row["r_before"]), 4),
        "r_after": None if pd.isna(row["r_after"]) else round(float(row["r_after"]), 4),
        "n_flipped": int(row["n_flipped"]),
    }
    given = None if params.signs is None else params.signs.model_dump(mode="json")
    return {"method": "signs", "params": given or {}, "found": found}


def _signed(arrays: dict[str, Array], signs: Any) -> dict[str, Array]:
    """Arrays of the product, with the parcels' signs."""
    matrices = ("leakage/before", "leakage/after")
    kept = {}
    for name, array in arrays.items():
        values = np.asarray(array.values)
        if name in SCRATCH:
            continue
        if name in SIGNED or name.startswith("evoked/conditions/"):
            values = values * signs[:, np.newaxis].astype(values.dtype)
        elif name in matrices:
            values = values * np.outer(signs, signs)
        kept[name] = Array(values, array.axes, array.unit, array.attrs)
    kept["signs"] = Array(signs.astype(np.int8), ("parcel",))
    return kept


def _draw(finished: Finished, raw: mne.io.BaseRaw, outputs: Outputs) -> list[manifest.Figure]:
    folder = Path(os.path.relpath(outputs.figures, Path(outputs.manifest).parent)).as_posix()
    described = []
    with style(), atomic(outputs.figures) as temporary:
        temporary.mkdir()
        for name, figure, told in draw(finished.arrays, finished.history, finished.components, raw):
            save_svg(figure, temporary / f"{name}.svg")
            described.append(manifest.Figure(path=f"{folder}/{name}.svg", **told))
    return described
