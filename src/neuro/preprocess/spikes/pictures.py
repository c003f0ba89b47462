"""From binned spikes and tuning to figures, with captions and alternative texts."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuro.io.atomic import atomic
from neuro.io.manifest import Figure
from neuro.preprocess.spikes.product import Product
from neuro.preprocess.spikes.texts import figure_texts, p_text
from neuro.preprocess.spikes.tuning import Tuned
from neuro.viz.spikes import ActivityPicture, Epoch, Trace, activity_figure, rates_figure
from neuro.viz.spikes_tuning import TuningPicture, curves_figure, polar_figure, strongest
from neuro.viz.spikes_units import UnitsPicture, units_figure
from neuro.viz.style import save_svg, style

if TYPE_CHECKING:
    from neuro.config.spikes import SpikesPreprocess

DETAIL = 60.0
"""Length of the part that is shown in detail, s."""


def draw(
    product: Product,
    tuned: Mapping[str, Tuned],
    params: "SpikesPreprocess",
    folder: Path,
    manifest_path: Path,
) -> list[Figure]:
    """Draw all figures of a recording into a folder, and describe them.

    Parameters
    ----------
    product : Product
        Binned spikes.
    tuned : mapping of str to Tuned
        By covariate.
    params : SpikesPreprocess
        Levels of the tuning, limits of the units.
    folder, manifest_path : Path
        Where to; the folder lies beside or below the manifest.
    """
    relative = Path(os.path.relpath(folder, Path(manifest_path).parent)).as_posix()
    order = _order(product, tuned)
    activity = _activity(product, order)
    with style(), atomic(folder) as temporary:
        temporary.mkdir()
        save_svg(activity_figure(activity), temporary / "activity.svg")
        for name, each in tuned.items():
            tuning = params.tuning[name]
            pictures = _tuning(
                product, each, order, each.is_tuned(tuning.alpha, tuning.min_strength)
            )
            if each.angular:
                figure = polar_figure(pictures, each.edges)
            else:
                unit = product.arrays[f"covariates/{name}"].unit
                label = name if unit == "1" or unit.startswith("1/") else f"{name} ({unit})"
                figure = curves_figure(pictures, each.edges, each.occupancy, label)
            save_svg(figure, temporary / f"tuning_{name}.svg")
        save_svg(units_figure(_units(product)), temporary / "units.svg")
        save_svg(rates_figure(activity), temporary / "rates.svg")
    return figure_texts(product, tuned, params.tuning, activity.detail, relative)


def _order(product: Product, tuned: Mapping[str, Tuned]) -> NDArray[np.int64]:
    """Kept units in the order of showing: by region, then by preferred direction."""
    regions = np.array(product.texts("units/region"), str)[product.kept]
    rank = {region: i for i, region in enumerate(dict.fromkeys(regions.tolist()))}
    first = next((each for each in tuned.values() if each.angular), None)
    second = np.arange(len(regions)) if first is None else first.preferred
    ranks = np.array([rank[region] for region in regions.tolist()])
    return np.lexsort((np.asarray(second, np.float64), ranks))


def _activity(product: Product, order: NDArray[np.int64]) -> ActivityPicture:
    rows = product.kept[order]
    names, regions = (product.texts(f"units/{key}") for key in ("name", "region"))
    epochs = zip(
        product.values("epochs/start"),
        product.values("epochs/stop"),
        product.texts("epochs/label"),
        strict=True,
    )
    return ActivityPicture(
        times=product.values("times"),
        width=product.bin_width,
        counts=product.values("counts")[rows],
        names=[_label(names[i], regions[i]) for i in rows],
        regions=[regions[i] for i in rows],
        epochs=[Epoch(float(a), float(b), label) for a, b, label in epochs],
        traces=[_trace(product, name) for name in product.binning["covariates"]],
        detail=_detail(product),
    )


def _label(name: str, region: str) -> str:
    return f"{region} {name}" if region else name


def _trace(product: Product, name: str) -> Trace:
    unit = product.arrays[f"covariates/{name}"].unit
    return Trace(name, product.values(f"covariates/{name}"), unit, product.kind(name) == "angle")


def _detail(product: Product) -> tuple[float, float]:
    """The part in detail: where most covariates are known, and spikes are most."""
    times = product.values("times")
    n = max(1, min(len(times), round(DETAIL / product.bin_width)))
    spikes = product.values("counts")[product.kept].sum(axis=0, dtype=np.float64)
    known = np.zeros(len(times))
    for name in product.covariates:
        known += np.isfinite(product.values(f"covariates/{name}"))
    worth = known * (1 + spikes.sum()) + spikes  # a covariate outweighs all spikes
    total = np.concatenate([[0.0], np.cumsum(worth)])
    starts = np.arange(len(times) - n + 1)
    # A part without pauses, where there is one.
    whole = times[starts + n - 1] - times[starts] < (n - 0.5) * product.bin_width
    score = np.where(whole, total[starts + n] - total[starts], -1.0)
    start = float(times[int(np.argmax(score))]) - product.bin_width / 2
    return start, start + n * product.bin_width


def _tuning(
    product: Product, tuned: Tuned, order: NDArray[np.int64], counts: NDArray[np.bool_]
) -> list[TuningPicture]:
    names, regions = (
        np.array(product.texts(f"units/{key}"), str)[product.kept] for key in ("name", "region")
    )
    shown = {*strongest(tuned.strength.tolist())}
    symbol, unit = ("R", "") if tuned.angular else ("I", " bits")
    return [
        TuningPicture(
            name=str(names[i]),
            region=str(regions[i]),
            rate=tuned.rate[i],
            strength=float(tuned.strength[i]),
            preferred=float(tuned.preferred[i]),
            label=f"{symbol} = {tuned.strength[i]:.2f}{unit}, {p_text(float(tuned.q[i]))}",
            tuned=bool(counts[i]),
        )
        for i in order.tolist()
        if i in shown
    ]


def _relative_rates(product: Product) -> NDArray[np.float64]:
    """Rate of each unit in each window, over its mean."""
    start, stop = product.values("units/windows").T
    rates = product.values("units/window_counts") / (stop - start)
    mean = rates.mean(axis=1, keepdims=True)
    return np.asarray(rates / np.where(mean > 0, mean, 1.0), np.float64)


def _units(product: Product) -> UnitsPicture:
    """All units, by region."""
    regions = product.texts("units/region")
    rank = {region: i for i, region in enumerate(dict.fromkeys(regions))}
    order = np.argsort([rank[region] for region in regions], kind="stable")
    names, limits = product.texts("units/name"), product.binning["units"]

    def ordered(key: str) -> NDArray[np.generic]:
        return product.values(f"units/{key}")[order]

    return UnitsPicture(
        names=[_label(names[i], regions[i]) for i in order],
        regions=[regions[i] for i in order],
        kept=ordered("kept").astype(bool),
        isi_counts=ordered("isi_counts").astype(np.int64),
        isi_edges=product.values("units/isi_edges"),
        rate=ordered("rate").astype(np.float64),
        violations=ordered("isi_violations").astype(np.float64),
        presence=_relative_rates(product)[order],
        refractory=float(limits["refractory"]),
        min_rate=float(limits["min_rate"]),
        max_violations=float(limits["max_isi_violations"]),
    )
