"""Preprocessed fMRI with a connectome beside it: do the two matrices tell whose they are?"""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import h5py
import numpy as np
import pandas as pd

from neuro.analyses.fusion.analysis import plan_of
from neuro.analyses.fusion.cohort import Cohort, View, fisher, upper
from neuro.analyses.fusion.encoders import EncoderPlan
from neuro.analyses.fusion.pairing import (
    Paired,
    direct,
    linear,
    match,
    networks_score,
    restricted,
)
from neuro.analyses.fusion.pairs_page import pairs_figure, pairs_manifest
from neuro.io import manifest
from neuro.io.atomic import atomic, read_json
from neuro.io.tables import write_tsv
from neuro.viz.style import save_svg, style

if TYPE_CHECKING:
    from neuro.config.fusion import Fusion


class Outputs(Protocol):
    """`pairs` (`.tsv`), `figures` (a folder), `manifest` (`.json`)."""

    pairs: Path
    figures: Path
    manifest: Path


def read_pairs(
    parcels: Sequence[str | Path],
    root: str | Path | None = None,
    datasets: Sequence[str] | None = None,
    *,
    average_directions: bool = False,
) -> Cohort:
    """Functional and structural matrices of preprocessed recordings, a person's averaged.

    Parameters
    ----------
    parcels : sequence of str | Path
        `_parcels.h5` of each recording.
    root : str | Path | None
        The tree, for messages.
    datasets : sequence of str | None
        Dataset of each recording; None for one. People of several are named after theirs.
    average_directions : bool
        Whether structural matrices that are not symmetric are averaged with their transposes.

    Returns
    -------
    cohort : Cohort
        Views `fc` and `sc`; `sites` are the datasets where there are several.

    Raises
    ------
    ValueError
        If recordings have different regions, none has a structural matrix, or one is not symmetric.
    """
    homes = [""] * len(parcels) if datasets is None else list(datasets)
    several = len(set(homes)) > 1
    functions: dict[tuple[str, str], list[np.ndarray]] = {}
    structures: dict[tuple[str, str], np.ndarray] = {}
    regions: tuple[str, ...] = ()
    left_out = {}
    for home, path in zip(homes, map(Path, parcels), strict=True):
        subject = path.name.split("_")[0].removeprefix("sub-")
        who = (home, f"{home}/{subject}" if several else subject)
        with h5py.File(path) as file:
            names = tuple(name.decode() for name in file["names"][()])
            if "sc/counts" not in file:
                left_out[who[1]] = "has no connectome"
                continue
            if regions and names != regions:
                raise ValueError(
                    f"{path}: {len(names)} regions, which are not the {len(regions)} of the first "
                    "recording; fusion needs one atlas"
                )
            regions = names
            functions.setdefault(who, []).append(file["connectivity/correlation"][()])
            structures[who] = file["sc/counts"][()]
    people = sorted(functions)
    if not people:
        raise ValueError(
            f"{root or 'fusion'}: no recording has a structural matrix; a connectome is "
            "sub-*/dwi/*_desc-counts_connectome.tsv"
        )
    labels = np.array([name for _, name in people])
    correlation = np.array([np.mean(functions[who], axis=0) for who in people])
    counts = np.array([structures[who] for who in people], dtype=float)
    if average_directions:
        counts = (counts + counts.transpose(0, 2, 1)) / 2
    return Cohort(
        views=(
            View("fc", "function", "edges", fisher(upper(correlation, "correlation", labels))),
            View("sc", "structure", "edges", np.log1p(_symmetric(counts, labels))),
        ),
        regions=regions,
        subjects=labels,
        sites=np.array([home for home, _ in people]) if several else None,
        left_out=left_out,
    )


def _symmetric(counts: np.ndarray, labels: np.ndarray) -> np.ndarray:
    try:
        return upper(counts, "sc/counts", labels)
    except ValueError as error:
        raise ValueError(f"{error}, or set `fusion.average_directions: true`") from None


def match_all(
    cohort: Cohort, plan: EncoderPlan, rng: np.random.Generator
) -> dict[tuple[str, str], Paired]:
    """Match by networks, by a linear method, and without learning.

    Returns
    -------
    found : dict of (str, str) to Paired
        By method and by who is compared: `all` people, and those `within` a dataset where there
        are several.
    """
    scores = {"networks": networks_score(plan, rng), "linear": linear, "direct": direct}
    found = {(name, "all"): match(cohort, score, rng) for name, score in scores.items()}
    sites = cohort.sites
    if sites is not None and len(set(sites.tolist())) < len(sites):
        found |= {(name, "within"): restricted(found[name, "all"], sites, rng) for name in scores}
    return found


def run(
    parcels: Sequence[str | Path],
    outputs: Outputs,
    *,
    root: str | Path,
    dataset: str,
    settings: "Fusion",
    rng: np.random.Generator,
    datasets: Sequence[str] | None = None,
    sources: Sequence[str | Path] = (),
) -> dict[tuple[str, str], Paired]:
    """Match functional and structural matrices of a dataset.

    Parameters
    ----------
    parcels : sequence of str | Path
        `_parcels.h5` of each recording.
    outputs : Outputs
        Where everything goes.
    root : str | Path
        The tree, for messages.
    dataset : str
        Its name.
    settings : Fusion
        The model.
    rng : numpy.random.Generator
        Random numbers.
    datasets : sequence of str | None
        Dataset of each recording; None for one.
    sources : sequence of str | Path
        `fetch.json` of each dataset.
    """
    average = settings.average_directions
    cohort = read_pairs(parcels, root, datasets, average_directions=average)
    plan = plan_of_pairs(settings)
    found = match_all(cohort, plan, rng)
    rows = [
        [name, among, cohort.subjects[a], cohort.subjects[b], right]
        for (name, among), paired in found.items()
        for (a, b), right in zip(paired.people, paired.right, strict=True)
    ]
    write_tsv(outputs.pairs, pd.DataFrame(rows, columns=["method", "among", "a", "b", "right"]))
    with style(), atomic(outputs.figures) as folder:
        folder.mkdir()
        save_svg(pairs_figure(found), folder / "pairs.svg")
    home = Path(outputs.manifest).parent
    below = {
        name: Path(os.path.relpath(getattr(outputs, name), home)).as_posix()
        for name in ("figures", "pairs")
    }
    fetched = [read_json(source) for source in sources]
    manifest.write(outputs.manifest, pairs_manifest(cohort, found, plan, below, dataset, fetched))
    return found


def plan_of_pairs(settings: "Fusion") -> EncoderPlan:
    """Encoders that align function with structure: fewer steps, for there are few people."""
    plan = plan_of(settings).encoder
    return replace(plan, alignments=("modalities",), n_encoders=1, n_steps=min(plan.n_steps, 30))
