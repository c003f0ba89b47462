"""All recordings of a dataset together: table of units, an overview figure, manifest."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from neuro.io import hdf5, manifest
from neuro.io.atomic import atomic, read_json
from neuro.io.derivatives import write_description
from neuro.io.hdf5 import Array
from neuro.io.manifest import Figure, KeyNumber, Manifest, Table
from neuro.io.tables import write_tsv
from neuro.preprocess.spikes.product import Product
from neuro.preprocess.steps.sentences import conjoin
from neuro.viz.spikes_summary import Dots, summary_figure
from neuro.viz.style import save_svg, style

BIDS_VERSION = "1.10.0"
MOST_SINGLE = 6
"""With more recordings, their own numbers are left to their own pages."""
MEASURES = ("strength", "preferred", "chance", "p", "q", "stability", "tuned")


class Outputs(Protocol):
    """Files of a dataset.

    `units` (`.tsv`), `description` (`dataset_description.json`), `figures` (a folder) and
    `manifest` (`.json`).
    """

    units: Path
    description: Path
    figures: Path
    manifest: Path


@dataclass(frozen=True)
class _Recorded:
    about: Manifest
    product: Product
    tuning: Mapping[str, Array]

    @property
    def covariates(self) -> list[str]:
        """Covariates with tuning."""
        return [key.split("/")[0] for key in self.tuning if key.endswith("/strength")]


def run(
    manifest_paths: Sequence[str | Path],
    spikes_paths: Sequence[str | Path],
    tuning_paths: Sequence[str | Path],
    outputs: Outputs,
    *,
    dataset: str,
    source: str | Path | None = None,
) -> pd.DataFrame:
    """Summarise the recordings of a dataset.

    Parameters
    ----------
    manifest_paths, spikes_paths, tuning_paths : sequence of str | Path
        What :func:`neuro.preprocess.spikes.profiling.run` and
        :func:`neuro.preprocess.spikes.binning.run` wrote for each recording, in one order.
    outputs : Outputs
        Where everything goes; the figures' folder lies beside or below the manifest.
    dataset : str
        Its name.
    source : str | Path | None
        The dataset's `fetch.json`, for license and citation.

    Returns
    -------
    units : DataFrame
        A row per recording and unit.

    Raises
    ------
    ValueError
        If there is no recording, or the lists do not belong together.
    """
    if not manifest_paths or not len(manifest_paths) == len(spikes_paths) == len(tuning_paths):
        raise ValueError(
            f"{dataset}: needs a manifest, a file of spikes and one of tuning for each of at least "
            f"one recording, got {len(manifest_paths)}, {len(spikes_paths)} and {len(tuning_paths)}"
        )
    recordings = [
        _Recorded(manifest.read(about), Product.load(spikes), hdf5.read(tuning))
        for about, spikes, tuning in zip(manifest_paths, spikes_paths, tuning_paths, strict=True)
    ]
    fetched = {} if source is None else read_json(source)
    units = pd.concat([_rows(each) for each in recordings], ignore_index=True)
    write_tsv(outputs.units, units)
    write_description(outputs.description, dataset, "binned spikes, covariates and tuning", fetched)
    figures = _draw(units, recordings, outputs)
    manifest.write(
        outputs.manifest, _manifest(dataset, recordings, units, figures, fetched, outputs)
    )
    return units


def _rows(recorded: _Recorded) -> pd.DataFrame:
    """A row per unit; tuning is missing for units that are not kept."""
    product = recorded.product
    n = len(product.values("units/kept"))
    columns: dict[str, Any] = {
        "recording": [recorded.about.recording] * n,
        "unit": product.texts("units/name"),
        "region": [region or None for region in product.texts("units/region")],
    }
    if "units/type" in product.arrays:
        columns["type"] = product.texts("units/type")
    for key, name in (
        ("n_spikes", "n_spikes"),
        ("rate", "rate_hz"),
        ("isi_violations", "isi_violations"),
        ("presence_ratio", "presence_ratio"),
        ("kept", "kept"),
    ):
        columns[name] = product.values(f"units/{key}")
    columns["reason"] = [reason or None for reason in product.texts("units/reason")]
    for covariate in recorded.covariates:
        for measure in MEASURES:
            column = np.full(n, np.nan)
            found = recorded.tuning[f"{covariate}/{measure}"]
            column[product.kept] = np.asarray(found.values, np.float64)
            columns[f"{covariate}_{measure}"] = column
    return pd.DataFrame(columns)


def _draw(units: pd.DataFrame, recordings: Sequence[_Recorded], outputs: Outputs) -> list[Figure]:
    """Rate and strengths of all units, by recording."""
    folder = Path(os.path.relpath(outputs.figures, Path(outputs.manifest).parent)).as_posix()
    covariates = _covariates(recordings)
    panels = {"rate_hz": "Rate (Hz)"} | {
        f"{name}_strength": f"{name}: {_measure(recordings, name)}" for name in covariates
    }
    kept = units[units["kept"].astype(bool)]
    dots = [
        Dots(
            label=label,
            values=kept[column].to_numpy(np.float64),
            logarithmic=column == "rate_hz",
            filled=_tuned(kept, column.removesuffix("_strength")),
        )
        for column, label in panels.items()
    ]
    with style(), atomic(outputs.figures) as temporary:
        temporary.mkdir()
        figure = summary_figure(
            dots,
            recordings=kept["recording"].tolist(),
            regions=["" if pd.isna(region) else str(region) for region in kept["region"]],
        )
        save_svg(figure, temporary / "units.svg")
    strengths = f" and strength of tuning to {conjoin(covariates)}" if covariates else ""
    return [
        Figure(
            path=f"{folder}/units.svg",
            title="Units of all recordings",
            caption=f"Mean firing rate{strengths} of the units that are kept, a dot each, by "
            "recording; color: region. Open dots: units that do not count as tuned.",
            alt=f"Dots of {len(kept)} units of {len(recordings)} recordings in {len(dots)} panels.",
        )
    ]


def _tuned(kept: pd.DataFrame, covariate: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
    column = f"{covariate}_tuned"
    return kept[column].to_numpy() == 1 if column in kept else np.ones(len(kept), bool)


def _covariates(recordings: Sequence[_Recorded]) -> list[str]:
    return list(dict.fromkeys(name for each in recordings for name in each.covariates))


def _measure(recordings: Sequence[_Recorded], covariate: str) -> str:
    each = next(r for r in recordings if covariate in r.covariates)
    unit = each.tuning[f"{covariate}/strength"].unit
    return "resultant length" if unit == "1" else "information (bits/spike)"


def _manifest(
    dataset: str,
    recordings: Sequence[_Recorded],
    units: pd.DataFrame,
    figures: list[Figure],
    fetched: Mapping[str, Any],
    outputs: Outputs,
) -> Manifest:
    abouts = [each.about for each in recordings]
    citations = [citation for about in abouts for citation in about.citations]
    if fetched:
        citations.insert(0, manifest.Citation(text=fetched["citation"]))
    path = Path(os.path.relpath(outputs.units, Path(outputs.manifest).parent)).as_posix()
    table = Table(
        path=path,
        title="Units",
        caption="A row per recording and unit: region, quality, why it is not kept, and tuning "
        "with its chance level, p, p corrected over the recording's units (q), and correlation "
        "between the curves of even and odd blocks (stability).",
    )
    return Manifest(
        word="preprocess",
        dataset=dataset,
        title=f"Preprocessing of {dataset}",
        question="Which units are good, and what do they follow?",
        key_numbers=_numbers(recordings, units),
        figures=figures,
        tables=[table],
        methods=list(dict.fromkeys(text for about in abouts for text in about.methods)),
        citations=list({citation.text: citation for citation in citations}.values()),
        licenses=[fetched["license"]] if fetched else [],
        params=abouts[0].params,
    )


def _numbers(recordings: Sequence[_Recorded], units: pd.DataFrame) -> list[KeyNumber]:
    """Counts over all recordings, or the recordings' own numbers where there are few."""
    kept = units[units["kept"].astype(bool)]
    n = f"of {len(units)} units in {len(recordings)} recording(s)"
    numbers = [KeyNumber(name="units kept", value=len(kept), n=n)]
    if len(recordings) <= MOST_SINGLE:
        several = len(recordings) > 1
        return numbers + [
            number.model_copy(
                update={
                    "name": f"{number.name}, {each.about.recording}" if several else number.name
                }
            )
            for each in recordings
            for number in each.about.key_numbers
            if number.name != "units kept"
        ]
    for name in _covariates(recordings):
        for region, rows in kept.groupby(kept["region"].fillna(""), sort=False):
            counted = rows[f"{name}_tuned"].dropna()
            whose = f"{region} units" if region else "units"
            numbers.append(
                KeyNumber(
                    name=f"{whose} tuned to {name}",
                    value=float(counted.sum()),
                    n=f"of {len(counted)} units in {rows['recording'].nunique()} recordings",
                )
            )
    return numbers
