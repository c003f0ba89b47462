"""From binned spikes to tuning, figures and a recording's manifest."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from neuro.io import hdf5, manifest
from neuro.io.hdf5 import Array
from neuro.preprocess.spikes.pictures import draw
from neuro.preprocess.spikes.product import Product
from neuro.preprocess.spikes.texts import citations, key_numbers, paragraphs, warnings_of
from neuro.preprocess.spikes.tuning import Tuned, tune

if TYPE_CHECKING:
    from neuro.config.spikes import SpikesPreprocess, Tuning


class Outputs(Protocol):
    """Files of one recording: `tuning` (`.h5`), `figures` (a folder), `manifest` (`.json`)."""

    tuning: Path
    figures: Path
    manifest: Path


def run(
    spikes_path: str | Path,
    outputs: Outputs,
    *,
    dataset: str,
    recording_name: str,
    params: "SpikesPreprocess",
) -> dict[str, Tuned]:
    """Estimate tuning, draw and tell what one recording holds.

    Parameters
    ----------
    spikes_path : str | Path
        What :func:`neuro.preprocess.spikes.binning.run` wrote.
    outputs : Outputs
        Where everything goes; the figures' folder lies beside or below the manifest.
    dataset, recording_name : str
        Names, for the manifest.
    params : SpikesPreprocess
        Tuning, and what the binning was made with.

    Returns
    -------
    tuned : dict of str to Tuned
        By covariate; of the units that are kept.

    Raises
    ------
    ValueError
        If the file is none of binned spikes, or a covariate cannot be tuned to.
    """
    product = Product.load(spikes_path)
    tuned = {
        name: _tune(product, name, each, recording_name) for name, each in params.tuning.items()
    }
    hdf5.write(outputs.tuning, _arrays(product, tuned, params.tuning), _dumped(params))
    figures = draw(product, tuned, params, outputs.figures, outputs.manifest)
    about = manifest.Manifest(
        word="preprocess",
        dataset=dataset,
        recording=recording_name,
        title=f"Units and tuning of {recording_name}",
        question="Are the units well isolated and present throughout, and what do they follow?",
        key_numbers=key_numbers(product, tuned, params.tuning),
        figures=figures,
        methods=paragraphs(product, tuned, params.tuning),
        citations=citations(product, tuned),
        warnings=warnings_of(product, tuned),
        params=params.model_dump(mode="json"),
    )
    manifest.write(outputs.manifest, about)
    return tuned


def _tune(product: Product, name: str, params: "Tuning", recording_name: str) -> Tuned:
    labels = product.epoch_of_bin
    if unknown := sorted({*(params.epochs or [])} - {*labels.tolist()}):
        raise ValueError(
            f"{recording_name}: tuning.{name}.epochs: {unknown} unknown; there are "
            f"{sorted({*labels.tolist()})}"
        )
    its = np.ones(len(labels), bool) if params.epochs is None else np.isin(labels, params.epochs)
    return tune(
        product.values("counts")[product.kept][:, its],
        product.values(f"covariates/{name}")[its],
        product.values("block")[its],
        angular=product.kind(name) == "angle",
        bin_width=product.bin_width,
        params=params,
        where=f"{recording_name}: tuning to {name!r}",
    )


def _dumped(params: "SpikesPreprocess") -> dict[str, Any]:
    return params.model_dump(mode="json", include={"tuning", "bin_width"})


def _arrays(
    product: Product, tuned: Mapping[str, Tuned], params: Mapping[str, "Tuning"]
) -> dict[str, Array]:
    unit = ("unit",)
    arrays = {
        f"units/{key}": Array(np.array(product.texts(f"units/{key}"), str)[product.kept], unit)
        for key in ("name", "region")
    }
    for name, each in tuned.items():
        own = "rad" if each.angular else product.arrays[f"covariates/{name}"].unit
        strength = "1" if each.angular else "bits/spike"
        counts = each.is_tuned(params[name].alpha, params[name].min_strength)
        columns = {
            "edges": Array(each.edges, ("edge",), own),
            "occupancy": Array(each.occupancy, ("curve_bin",), "s"),
            "rate": Array(each.rate, ("unit", "curve_bin"), "Hz"),
            "strength": Array(each.strength, unit, strength),
            "preferred": Array(each.preferred, unit, own),
            "chance": Array(each.chance, unit, strength, {"n_shifts": each.n_shifts}),
            "p": Array(each.p, unit),
            "q": Array(each.q, unit),
            "stability": Array(each.stability, unit),
            "tuned": Array(counts, unit),
        }
        arrays |= {f"{name}/{key}": array for key, array in columns.items()}
    return arrays
