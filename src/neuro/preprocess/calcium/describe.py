"""From a recording's traces to its table of neurons, its figures and its manifest."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from neuro.io import manifest
from neuro.io.atomic import atomic
from neuro.io.tables import write_tsv
from neuro.preprocess.calcium.findings import key_numbers, neurons_table, warnings_of
from neuro.preprocess.calcium.pictures import (
    Described,
    correlation_picture,
    draw_all,
    quality_picture,
    raster_picture,
    traces_picture,
    tuning_picture,
)
from neuro.preprocess.calcium.population import Pairs, correlations, left_right, order_of
from neuro.preprocess.calcium.product import Product
from neuro.preprocess.calcium.texts import citations, paragraphs
from neuro.preprocess.calcium.traces import Floats, pick
from neuro.preprocess.calcium.tuning import Tuned, not_negative, tune
from neuro.viz.style import style

if TYPE_CHECKING:
    from neuro.config.calcium import CalciumDescribing, Tuning


class Outputs(Protocol):
    """Files of one recording: `neurons` (`.tsv`), `figures` (a folder), `manifest` (`.json`)."""

    neurons: Path
    figures: Path
    manifest: Path


def run(
    traces_path: str | Path,
    outputs: Outputs,
    *,
    dataset: str,
    recording_name: str,
    params: "CalciumDescribing",
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Describe the traces of one recording.

    Parameters
    ----------
    traces_path : str | Path
        Traces that :func:`neuro.preprocess.calcium.clean.run` wrote.
    outputs : Outputs
        Where everything goes; the figures' folder lies beside or below the manifest.
    dataset, recording_name : str
        Names, for the manifest.
    params : CalciumDescribing
        Tuning.
    rng : numpy.random.Generator
        Random numbers of surrogates.

    Returns
    -------
    neurons : DataFrame
        One row per neuron.

    Raises
    ------
    ValueError
        If the file is none of traces, or a covariate is known for too short a time.
    """
    product = Product.load(traces_path)
    used = product.present
    matrix = correlations(product.floats("dff")[used], product.good)
    pair_rng, tuning_rng = rng.spawn(2)
    pairs = left_right(_identities(product), matrix, pair_rng)
    tuned = _tuned(product, params.tuning, tuning_rng)
    neurons = neurons_table(product, tuned)
    write_tsv(outputs.neurons, neurons)
    figures = _draw(product, matrix, pairs, tuned, outputs)
    folder = Path(outputs.manifest).parent
    table = manifest.Table(
        path=Path(os.path.relpath(outputs.neurons, folder)).as_posix(),
        title="Neurons",
        caption="One row per neuron: whether it is used, quality, events, and tuning.",
    )
    about = manifest.Manifest(
        word="preprocess",
        dataset=dataset,
        recording=recording_name,
        title=f"Calcium traces of {recording_name}",
        question="Are the traces clean, and what do the neurons do together?",
        key_numbers=key_numbers(product, matrix, pairs, tuned),
        figures=figures,
        tables=[table],
        methods=paragraphs(product.history, list(tuned), params.tuning),
        citations=citations(product.history),
        warnings=warnings_of(product, pairs),
        params={"read": product.history[0]["params"], "chain": _chain(product)},
    )
    manifest.write(outputs.manifest, about)
    return neurons


def _identities(product: Product) -> list[str]:
    """Names of the neurons that are used, blank where a name is no identity."""
    who = np.where(product.identified, product.names, "")
    return pick([str(name) for name in who], product.present)


def _chain(product: Product) -> list[dict[str, object]]:
    return [{entry["method"]: entry["params"]} for entry in product.history[1:]]


def _tuned(product: Product, params: "Tuning", rng: np.random.Generator) -> dict[str, Tuned]:
    """Tuning of the neurons that are used to each circular covariate."""
    circular = product.circular()
    if not circular:
        return {}
    events = product.maybe("deconvolved")
    used = product.present
    activity: Floats = not_negative(product.floats("dff")[used]) if events is None else events[used]
    found = {}
    for name, angle in circular.items():
        try:
            found[name] = tune(activity, angle, product.good, product.sfreq, params, rng)
        except ValueError as error:
            raise ValueError(f"{product.where}: covariate {name}: {error}") from error
    return found


def _draw(
    product: Product,
    matrix: Floats,
    pairs: Pairs | None,
    tuned: dict[str, Tuned],
    outputs: Outputs,
) -> list[manifest.Figure]:
    folder = Path(os.path.relpath(outputs.figures, Path(outputs.manifest).parent)).as_posix()
    order = order_of(matrix)
    described: dict[str, Described] = {
        "traces": traces_picture(product, f"{folder}/traces.svg"),
        "raster": raster_picture(product, order, f"{folder}/raster.svg"),
    }
    if len(matrix) > 1:
        described["correlation"] = correlation_picture(
            product, matrix, order, pairs, f"{folder}/correlation.svg"
        )
    for name, found in tuned.items():
        path = f"{folder}/tuning_{name}.svg"
        described[f"tuning_{name}"] = tuning_picture(product, name, found, path)
    described["quality"] = quality_picture(product, f"{folder}/quality.svg")
    with style(), atomic(outputs.figures) as temporary:
        temporary.mkdir()
        return draw_all(described, temporary)
