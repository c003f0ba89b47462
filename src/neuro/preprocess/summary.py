"""All recordings of a dataset together: table of components, overview figures, manifest."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from neuro.io import manifest
from neuro.io.atomic import read_json
from neuro.io.derivatives import write_description
from neuro.io.manifest import KeyNumber, Manifest
from neuro.io.tables import write_tsv
from neuro.preprocess import group
from neuro.preprocess.findings import ALPHA
from neuro.preprocess.group import Group
from neuro.preprocess.methods import conjoin
from neuro.preprocess.overview import draw
from neuro.preprocess.recorded import Recorded
from neuro.stats.intervals import mean_band

MOST_SINGLE = 10
"""With more recordings, key numbers are means over subjects."""
BIDS_VERSION = "1.10.0"
MEASURES = {
    "peak_amplitude": ("peak amplitude", "µV", 1e6),
    "peak_latency": ("peak latency", "ms", 1e3),
    "mean_amplitude": ("mean amplitude", "µV", 1e6),
    "area_latency": ("50% area latency", "ms", 1e3),
}
"""Measure in the arrays: its name, unit in tables, and factor to that unit."""


SIDES = ("first", "second")

COLUMNS = [
    "recording",
    "contrast",
    "component",
    "n_first",
    "n_second",
    *(
        f"{key}_{MEASURES[key][1].replace('µ', 'u')}{bound}"
        for key in MEASURES
        for bound in ("", "_low", "_high")
    ),
    "p",
    "sme_first_uV",
    "sme_second_uV",
    "epochs_kept_share",
    "n_bad_channels",
]


class Outputs(Protocol):
    """Files of a dataset.

    `components` (`.tsv`), `description` (`dataset_description.json`), `figures` (a folder) and
    `manifest` (`.json`).
    """

    components: Path
    description: Path
    figures: Path
    manifest: Path


def run(
    manifest_paths: Sequence[str | Path],
    erp_paths: Sequence[str | Path],
    outputs: Outputs,
    *,
    dataset: str,
    rng: np.random.Generator,
    source: str | Path | None = None,
) -> pd.DataFrame:
    """Summarise the recordings of a dataset.

    Parameters
    ----------
    manifest_paths, erp_paths : sequence of str | Path
        What :func:`neuro.preprocess.erp.run` wrote for each recording, in the same order.
    outputs : Outputs
        Where everything goes; the figures' folder lies beside or below the manifest.
    dataset : str
        Its name.
    rng : numpy.random.Generator
        Random numbers, for the test over subjects.
    source : str | Path | None
        The dataset's `fetch.json`, for license and citation.

    Returns
    -------
    components : DataFrame
        One row per recording and contrast.

    Raises
    ------
    ValueError
        If there is no recording, or the two lists do not belong together.
    """
    if not manifest_paths or len(manifest_paths) != len(erp_paths):
        raise ValueError(
            f"{dataset}: needs a manifest and an array file for each of at least one recording, "
            f"got {len(manifest_paths)} and {len(erp_paths)}"
        )
    recordings = [Recorded.load(*pair) for pair in zip(manifest_paths, erp_paths, strict=True)]
    fetched = {} if source is None else read_json(source)
    components = pd.DataFrame([row for r in recordings for row in _rows(r)], columns=COLUMNS)
    write_tsv(outputs.components, components)
    write_description(
        outputs.description, dataset, "clean EEG epochs and evoked responses", fetched
    )
    groups = group.evaluate(recordings, rng)
    figures = draw(recordings, groups, outputs.figures, outputs.manifest)
    about = _manifest(dataset, recordings, groups, components, figures, fetched, outputs)
    manifest.write(outputs.manifest, about)
    return components


def _rows(recorded: Recorded) -> list[list[Any]]:
    """Rows of the components table."""
    rows = []
    for name, contrast in recorded.contrasts.items():
        counts = recorded.arrays[f"contrasts/{name}/roi_difference/mean"].attrs
        measures = [
            float(value) * MEASURES[key][2]
            for key in MEASURES
            for value in recorded.array(f"contrasts/{name}/{key}")
        ]
        row = [
            recorded.name,
            name,
            contrast["component"],
            int(counts["n_first"]),
            int(counts["n_second"]),
            *measures,
            float(recorded.array(f"contrasts/{name}/p")),
            *(float(recorded.array(f"contrasts/{name}/sme_{side}")) * 1e6 for side in SIDES),
            recorded.count("n_kept") / recorded.count("n_events"),
            recorded.count("n_bad_channels"),
        ]
        rows.append(row)
    return rows


def _manifest(
    dataset: str,
    recordings: Sequence[Recorded],
    groups: Mapping[str, Group],
    components: pd.DataFrame,
    figures: list[manifest.Figure],
    fetched: Mapping[str, Any],
    outputs: Outputs,
) -> Manifest:
    few = len(recordings) <= MOST_SINGLE
    abouts = [recorded.about for recorded in recordings]
    citations = [citation for about in abouts for citation in about.citations]
    if fetched:
        citations.insert(0, manifest.Citation(text=fetched["citation"]))
    path = Path(os.path.relpath(outputs.components, Path(outputs.manifest).parent)).as_posix()
    table = manifest.Table(
        path=path,
        title="Components",
        caption="One row per recording and contrast: peak and mean of the difference wave with "
        "bootstrap intervals, p of the cluster permutation test, standardized measurement error of "
        "each side's mean amplitude, quality.",
    )
    return Manifest(
        word="preprocess",
        dataset=dataset,
        title=f"Preprocessing of {dataset}",
        question="Are the recordings clean, and do they show the expected components?",
        key_numbers=[
            *group.key_numbers(groups, recordings),
            *(single_numbers(abouts) if few else _group(recordings, groups, components)),
        ],
        figures=figures,
        tables=[table],
        methods=[*shared_methods(abouts), *group.paragraph(recordings)],
        citations=list({citation.text: citation for citation in citations}.values()),
        licenses=[fetched["license"]] if fetched else [],
        params=abouts[0].params,
    )


def single_numbers(abouts: Sequence[Manifest]) -> list[KeyNumber]:
    """The recordings' own numbers under their names: one measure after the other."""
    measures = dict.fromkeys(number.name for about in abouts for number in about.key_numbers)
    return [
        number.model_copy(update={"name": f"{number.name}, {about.recording}"})
        for measure in measures
        for about in abouts
        for number in about.key_numbers
        if number.name == measure
    ]


def _group(
    recordings: Sequence[Recorded], groups: Mapping[str, Group], components: pd.DataFrame
) -> list[KeyNumber]:
    """Means over subjects, or over recordings where there is but one subject."""
    confidence = recordings[0].confidence
    subjects = {recorded.name: recorded.subject for recorded in recordings}
    several = len(set(subjects.values())) > 1
    numbers = []
    for name, rows in components.groupby("contrast", sort=False):
        unit_of = rows["recording"].map(subjects) if several else rows["recording"]
        component = rows["component"].iloc[0]
        for key, (label, unit, _) in MEASURES.items():
            if key == "mean_amplitude" and name in groups:
                continue  # told with the test over subjects
            column = f"{key}_{unit.replace('µ', 'u')}"
            values = rows.groupby(unit_of)[column].mean().to_numpy()
            band = mean_band(values, confidence)
            numbers.append(
                KeyNumber(
                    name=f"{component} {label} ({name}), mean",
                    value=float(band.mean),
                    unit=unit,
                    interval=(float(band.low), float(band.high)),
                    confidence=confidence,
                    n=f"{len(values)} {'subjects' if several else 'recordings'}",
                )
            )
        found = int((rows["p"] <= ALPHA).sum())
        numbers.append(
            KeyNumber(
                name=f"recordings with a significant {component} ({name})",
                value=found,
                n=f"of {len(rows)} recordings, each with cluster p ≤ {ALPHA:g}",
            )
        )
    return [*numbers, *_group_quality(recordings)]


def _group_quality(recordings: Sequence[Recorded]) -> list[KeyNumber]:
    kept, events, bads = (
        sum(recorded.count(key) for recorded in recordings)
        for key in ("n_kept", "n_events", "n_bad_channels")
    )
    n = f"{len(recordings)} recordings"
    return [
        KeyNumber(name="epochs kept", value=100 * kept / events, unit="%", n=n),
        KeyNumber(name="bad channels per recording, mean", value=bads / len(recordings), n=n),
    ]


def shared_methods(abouts: Sequence[Manifest]) -> list[str]:
    """Each paragraph once; one that is not true of all names its recordings."""
    told: dict[str, list[str]] = {}
    for about in abouts:
        for paragraph in about.methods:
            told.setdefault(paragraph, []).append(about.recording)
    texts = []
    for paragraph, names in told.items():
        whose = "" if len(names) == len(abouts) else f" ({conjoin(names)})"
        texts.append(paragraph + whose)
    return texts
