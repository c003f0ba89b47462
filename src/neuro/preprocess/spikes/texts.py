"""What a recording's manifest says: key numbers, captions, methods, warnings, citations."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from neuro.io.manifest import Citation, Figure, KeyNumber
from neuro.preprocess.spikes import references
from neuro.preprocess.spikes.product import Product
from neuro.preprocess.spikes.tuning import Tuned
from neuro.preprocess.steps.sentences import conjoin
from neuro.viz.spikes_tuning import MOST_UNITS

if TYPE_CHECKING:
    from neuro.config.spikes import Tuning

LEAST_KEPT = 0.5
"""A smaller share of kept units is a warning."""


def p_text(p: float) -> str:
    """`p < .001` or `p = .012`."""
    return "p < .001" if p < 0.001 else f"p = {p:.3f}".replace("0.", ".")


def key_numbers(
    product: Product, tuned: Mapping[str, Tuned], params: Mapping[str, "Tuning"]
) -> list[KeyNumber]:
    """Tuning of each region, then the units' quality."""
    regions = np.array(product.texts("units/region"), str)[product.kept]
    numbers = []
    for name, each in tuned.items():
        for region in dict.fromkeys(regions.tolist()):
            numbers += _tuned(name, each, params[name], regions == region, region)
    n_units = len(product.values("units/kept"))
    rates = product.values("units/rate")[product.kept]
    violations = product.values("units/isi_violations")[product.kept]
    return [
        *numbers,
        KeyNumber(name="units kept", value=len(product.kept), n=f"of {n_units} units"),
        KeyNumber(
            name="firing rate, median",
            value=float(np.median(rates)),
            unit="Hz",
            n=f"{len(rates)} units, {rates.min():.2g} to {rates.max():.2g} Hz",
        ),
        KeyNumber(
            name="refractory violations, median",
            value=100 * float(np.median(np.nan_to_num(violations))),
            unit="%",
            n=f"{len(rates)} units",
        ),
    ]


def _tuned(name: str, each: Tuned, params: "Tuning", its: Any, region: str) -> list[KeyNumber]:
    units = f"{region} units" if region else "units"
    measure, unit = ("resultant length", "") if each.angular else ("information", "bits/spike")
    counts = each.is_tuned(params.alpha, params.min_strength)[its]
    limit = f", {measure} ≥ {params.min_strength:g}" if params.min_strength else ""
    return [
        KeyNumber(
            name=f"{units} tuned to {name}",
            value=int(counts.sum()),
            n=f"of {len(counts)} units; corrected p ≤ {params.alpha:g}{limit}",
            p=float(each.q[its][counts].max()) if counts.any() else None,
            note="p: the largest of those that count" if counts.any() else "",
        ),
        KeyNumber(
            name=f"{measure} for {name}, median of {units}",
            value=float(np.median(each.strength[its])),
            unit=unit,
            chance=float(np.median(each.chance[its])),
            n=f"{len(counts)} units, {each.strength[its].min():.2f} to "
            f"{each.strength[its].max():.2f}",
            note=f"chance: mean of {each.n_shifts} circular shifts",
        ),
    ]


def figure_texts(
    product: Product,
    tuned: Mapping[str, Tuned],
    params: Mapping[str, "Tuning"],
    detail: tuple[float, float],
    folder: str,
) -> list[Figure]:
    """Titles, captions and alternative texts of a recording's figures."""
    n, width = len(product.kept), product.bin_width
    names = list(product.binning["covariates"])
    below = f" Below: {conjoin(names)}." if names else ""
    labels = list(dict.fromkeys(product.texts("epochs/label")))
    epochs = conjoin(labels) if len(labels) <= LABELS else f"{len(labels)} kinds of epochs"
    activity = Figure(
        path=f"{folder}/activity.svg",
        title="Activity and behavior",
        caption=f"Spikes of {n} units in bins of {width:g} s, each darkest at its own highest "
        f"rate, through {epochs} (left) and from {detail[0]:.0f} to {detail[1]:.0f} s "
        f"(right). Units are ordered by region{_and_direction(tuned)}.{below} Where nothing was "
        "recorded, nothing is drawn.",
        alt=f"Image of the activity of {n} units over time, above {len(names)} covariates.",
    )
    curves = [_tuning_text(name, t, params[name], folder) for name, t in tuned.items()]
    limits = product.binning["units"]
    n_all = len(product.values("units/kept"))
    units = Figure(
        path=f"{folder}/units.svg",
        title="Quality of the units",
        caption="From left to right, a row for each unit: histogram of the intervals between "
        f"spikes (brightest at its highest; dashed: {1e3 * limits['refractory']:g} ms), firing "
        "rate, share of intervals below the dashed line, and rate in windows of about "
        f"{limits['presence_window']:g} s relative to the unit's mean (white: no spike). Dashed: "
        "limits; open dots: units that are not kept.",
        alt=f"Intervals between spikes, rates, violations and presence of {n_all} units, of which "
        f"{n} are kept.",
    )
    rates = Figure(
        path=f"{folder}/rates.svg",
        title="Population rate",
        caption="Left: mean rate of a region's units over time. Right: rate of each unit in each "
        "kind of epoch; silent units have no dot.",
        alt=f"Mean rate over time by region, and rates of {n} units in {len(labels)} kinds of "
        "epochs.",
    )
    return [activity, *curves, units, rates]


LABELS = 4
"""More kinds of epochs are counted, not named."""


def _and_direction(tuned: Mapping[str, Tuned]) -> str:
    first = next((name for name, each in tuned.items() if each.angular), None)
    return "" if first is None else f" and preferred {first}"


def _tuning_text(name: str, each: Tuned, params: "Tuning", folder: str) -> Figure:
    counts = each.is_tuned(params.alpha, params.min_strength)
    epochs = f" in {conjoin(params.epochs)}" if params.epochs else ""
    if each.angular:
        how = (
            f"Firing rate over {name}{epochs}, divided by the time spent there; the circle is each "
            "unit's highest rate (in its title). Line from the center: mean direction, whose "
            "length is the resultant length R (1 at the circle)."
        )
    else:
        how = (
            f"Firing rate over {name}{epochs}, divided by the time spent there (grey, scaled). I: "
            "Skaggs' information per spike."
        )
    n = len(counts)
    shown = f" Shown are the {MOST_UNITS} strongest of {n} units." if n > MOST_UNITS else ""
    strengths = f"{each.strength.min():.2f} to {each.strength.max():.2f}"
    return Figure(
        path=f"{folder}/tuning_{name}.svg",
        title=f"Tuning to {name}",
        caption=f"{how} p: share of {each.n_shifts} circular shifts that are at least as strong, "
        f"corrected over units. Units in grey do not count as tuned.{shown}",
        alt=f"Tuning curves to {name}: {counts.sum()} of {len(counts)} units are tuned; strength "
        f"{strengths}.",
    )


def paragraphs(
    product: Product, tuned: Mapping[str, Tuned], params: Mapping[str, "Tuning"]
) -> list[str]:
    """Describe units, bins, covariates, blocks and tuning."""
    binning = product.binning
    texts = [_units_text(binning["units"]), _bins_text(product)]
    if binning["covariates"]:
        described = [f"{name} ({_KINDS[c['kind']]})" for name, c in binning["covariates"].items()]
        texts.append(
            f"Covariates were evaluated within each bin and averaged: {conjoin(described)}. Bins "
            "that touch a gap in a covariate's samples, or their end, have none."
        )
    texts += [_tuned_text(name, each, params[name], product) for name, each in tuned.items()]
    return texts


_KINDS = {
    "linear": "linear interpolation",
    "angle": "interpolated and averaged on the circle",
    "step": "the last value at the bin's center",
    "speed": "length of the velocity of the smoothed position",
}


def _units_text(limits: Mapping[str, Any]) -> str:
    selected = [f"{key} {conjoin(values)}" for key, values in limits["select"].items()]
    chosen = f"units with {conjoin(selected)}, " if selected else "units with "
    most = "" if limits["max_rate"] is None else f" and at most {limits['max_rate']:g} Hz"
    return (
        f"Sorted units were read as their authors left them. Kept were {chosen}a mean rate of at "
        f"least {limits['min_rate']:g} Hz{most}, at most {100 * limits['max_isi_violations']:g}% "
        f"of intervals between spikes below {1e3 * limits['refractory']:g} ms, and a spike in at "
        f"least {100 * limits['min_presence']:g}% of windows of about "
        f"{limits['presence_window']:g} s (presence ratio), all within the epochs in use."
    )


def _bins_text(product: Product) -> str:
    blocks = product.binning["blocks"]
    return (
        f"Spikes were counted in bins of {product.bin_width:g} s that begin with each epoch and "
        f"lie within it. For training and testing, the bins of each kind of epoch were cut into "
        f"{blocks['n']} contiguous blocks; bins within {blocks['gap'] / 2:g} s of a border are in "
        "no block."
    )


def _tuned_text(name: str, each: Tuned, params: "Tuning", product: Product) -> str:
    epochs = conjoin(params.epochs) if params.epochs else "all epochs"
    measure = (
        "the resultant length of the curve"
        if each.angular
        else "Skaggs' information in bits per spike"
    )
    return (
        f"Tuning to {name} was estimated in {epochs} from {params.n_bins} bins: spikes divided by "
        f"the time spent in each; bins with less than {params.min_occupancy:g} s were left out. "
        f"Its strength is {measure}. Its p is the share of all circular shifts of the spikes by at "
        f"least {params.min_shift:g} s that are at least as strong, corrected over units by "
        "Benjamini and Hochberg's procedure. Neighbouring shifts are alike, so p is no finer than "
        "the recording is long."
    )


def warnings_of(product: Product, tuned: Mapping[str, Tuned]) -> list[str]:
    """What a reader must know before trusting the numbers."""
    texts: list[str] = list(product.params["warnings"])
    n = len(product.values("units/kept"))
    left_out = product.found("units")["left_out"]
    if len(product.kept) < LEAST_KEPT * n:
        reasons = conjoin(f"{reason} ({count})" for reason, count in left_out.items())
        texts.append(f"{n - len(product.kept)} of {n} units are not kept, for: {reasons}.")
    for name, each in tuned.items():
        empty = np.atleast_1d(np.isnan(each.rate).all(axis=0))
        if each.angular and empty.any():
            texts.append(
                f"Tuning to {name}: {empty.sum()} of {len(empty)} directions were hardly taken; "
                "for the resultant length, rates there are interpolated from their neighbours."
            )
    return texts


def citations(product: Product, tuned: Mapping[str, Tuned]) -> list[Citation]:
    """Works behind what was done."""
    cited = [references.QUALITY]
    if product.found("read")["file"].endswith(".nwb"):
        cited.insert(0, references.NWB)
    if tuned:
        cited.append(references.FDR)
    if any(each.angular for each in tuned.values()):
        cited.append(references.HEAD_DIRECTION)
    if any(not each.angular for each in tuned.values()):
        cited.append(references.SKAGGS)
    return cited
