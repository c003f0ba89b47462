"""From preprocessed recordings of a dataset to motifs, figures, tables and the manifest."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from neuro.analyses.connectomes.inputs import Group, calcium_groups, spikes_groups
from neuro.analyses.connectomes.model import Result, common_time, fit
from neuro.analyses.connectomes.pictures import draw
from neuro.analyses.connectomes.product import arrays_of, memberships
from neuro.analyses.connectomes.sensitivity import other_kernels
from neuro.analyses.connectomes.texts import CITATIONS, key_numbers, paragraphs, warnings_of
from neuro.analyses.connectomes.truth import compare
from neuro.io import hdf5, manifest
from neuro.io.atomic import atomic
from neuro.io.manifest import Manifest, Table
from neuro.io.tables import write_tsv
from neuro.torchkit.device import pick_device
from neuro.viz.style import style

if TYPE_CHECKING:
    from neuro.config.connectomes import Connectomes

logger = logging.getLogger(__name__)


class Outputs(Protocol):
    """Files of a dataset.

    `connectomes` (`.h5`), `communities` (`.tsv`), `figures` (a folder), `manifest` (`.json`).
    """

    connectomes: Path
    communities: Path
    figures: Path
    manifest: Path


def run(
    recordings: Sequence[str | Path],
    outputs: Outputs,
    *,
    dataset: str,
    settings: "Connectomes",
    rng: np.random.Generator,
    aligned: str | Path | None = None,
    truth: str | Path | None = None,
) -> list[Result]:
    """Find the motifs of a dataset.

    Parameters
    ----------
    recordings : sequence of str | Path
        Traces (:func:`neuro.preprocess.calcium.clean.run`) or binned spikes
        (:func:`neuro.preprocess.spikes.binning.run`) of each recording.
    outputs : Outputs
        Where everything goes; the figures' folder lies beside or below the manifest.
    dataset : str
        Its name.
    settings : Connectomes
        What is computed.
    rng : Generator
        Random numbers.
    aligned : str | Path, optional
        Traces on common axes (:func:`neuro.preprocess.calcium.align.run`); None for spikes.
    truth : str | Path, optional
        `truth.h5` of simulated recordings.

    Returns
    -------
    results : list of Result
        One for all recordings whose neurons have names, else one for each.

    Raises
    ------
    ValueError
        If recordings do not fit the settings; the message names them.
    """
    device = pick_device(settings.device)
    if aligned is None:
        groups = spikes_groups(recordings, settings.smoothing)
    else:
        groups = calcium_groups(recordings, aligned)
    results, matches = [], []
    for group in groups:
        logger.info("%s: %d neurons of %s", dataset, len(group.names), group.label)
        result = _fitted(group, settings, rng, str(device))
        results.append(result)
        matches.append(other_kernels(group, result, rng, device) if settings.sensitivity else {})
    recovered = compare(truth, results[0]) if truth is not None else None
    parts = list(zip(groups, results, matches, strict=True))
    arrays = {name: array for part in parts for name, array in arrays_of(*part).items()}
    hdf5.write(outputs.connectomes, arrays, settings.model_dump(mode="json"))
    tables = [memberships(group, result) for group, result, _ in parts]
    write_tsv(outputs.communities, pd.concat(tables, ignore_index=True))
    folder = Path(outputs.manifest).parent
    relative = Path(os.path.relpath(outputs.figures, folder)).as_posix()
    with style(), atomic(outputs.figures) as temporary:
        temporary.mkdir()
        figures = [figure for part in parts for figure in draw(*part, temporary, relative)]
    table = Table(
        path=Path(os.path.relpath(outputs.communities, folder)).as_posix(),
        title="Communities",
        caption="A row per motif and neuron: its community (missing for none), how sure that is, "
        "and the neuron's summed affinity in the motif.",
    )
    about = Manifest(
        word="connectomes",
        dataset=dataset,
        title=f"Dynamic connectomes of {dataset}",
        question="Which groups of neurons change together, when, and in whom?",
        key_numbers=key_numbers(groups, results, recovered),
        figures=figures,
        tables=[table],
        methods=paragraphs(results, aligned is None),
        citations=CITATIONS,
        warnings=warnings_of(groups, results),
        params=settings.model_dump(mode="json"),
    )
    manifest.write(outputs.manifest, about)
    return results


def _fitted(group: Group, settings: "Connectomes", rng: np.random.Generator, device: str) -> Result:
    """Fit a group; an error names it."""
    values, told = common_time(group.derivatives)
    try:
        result = fit(
            values,
            animals=group.animals,
            names=group.names,
            sfreq=group.sfreq,
            settings=settings,
            epochs=group.epochs,
            rng=rng,
            device=device,
        )
    except ValueError as error:
        raise ValueError(f"connectomes of {group.label}: {error}") from error
    result.warnings.extend(told)
    return result
