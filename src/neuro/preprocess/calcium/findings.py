"""What a recording's manifest and table say: numbers of each neuron, key numbers, warnings."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from neuro.io.manifest import KeyNumber
from neuro.preprocess.calcium.population import Pairs
from neuro.preprocess.calcium.product import Product
from neuro.preprocess.calcium.traces import Floats
from neuro.preprocess.calcium.tuning import Tuned

ALPHA = 0.05
MOST_BAD_FRAMES = 0.1
"""A larger share of frames with artifacts is a warning."""
CLEAR = 2.0
"""Events of this size, in standard deviations of the noise, are counted."""
MODEL_SNR = 300.0
"""A higher median signal-to-noise ratio is that of a model, not of a measurement."""
LONG_TAU = 5.0
"""Indicators do not decay more slowly, s."""


def neurons_table(product: Product, tuned: Mapping[str, Tuned]) -> pd.DataFrame:
    """A row per neuron: quality, events, tuning; missing for one that is not used."""
    used = product.present
    table = pd.DataFrame(
        {
            "neuron": product.names,
            "present": used,
            "identified": product.identified,
            "snr": product.floats("quality/snr"),
            "noise_sd": product.floats("quality/noise_sd"),
        }
    )
    if (level := product.maybe("quality/noise_level")) is not None:
        table["noise_level"] = level
    if (rate := event_rate(product)) is not None:
        table["events_per_minute"] = rate
    if (tau := product.maybe("quality/tau")) is not None:
        table["tau_decay"] = tau[:, 0]
    for name, found in tuned.items():
        for column, values in (
            ("resultant", found.resultant),
            ("preferred_deg", np.degrees(found.preferred)),
            ("p", found.p),
        ):
            whole = np.full(len(used), np.nan)
            whole[used] = values
            table[f"{name}_{column}"] = whole
    return table.replace([np.inf, -np.inf], np.nan)


def event_rate(product: Product) -> Floats | None:
    """Frames with an event, per minute of good frames; None without deconvolution.

    An event counts from :data:`CLEAR` standard deviations of the trace's noise.
    """
    events = product.maybe("deconvolved")
    if events is None:
        return None
    good = product.good
    high = events[:, good] > CLEAR * product.floats("quality/noise_sd")[:, None]
    rate: Floats = high.sum(axis=1) / (good.sum() / product.sfreq / 60)
    rate[~product.present] = np.nan
    return rate


def key_numbers(
    product: Product, matrix: Floats, pairs: Pairs | None, tuned: Mapping[str, Tuned]
) -> list[KeyNumber]:
    """Numbers of the recording; the interval of a median is the middle half of the neurons."""
    used, good = product.present, product.good
    n = f"{int(used.sum())} neurons"
    numbers = [
        KeyNumber(name="neurons", value=int(used.sum()), n=f"of {product.read['n_found']} regions"),
        KeyNumber(
            name="good frames", value=100 * good.mean(), unit="%", n=f"of {len(good)} frames"
        ),
    ]
    for name, key, unit in (
        ("signal-to-noise ratio, median", "snr", ""),
        ("noise level, median", "noise_level", "%/√Hz"),
    ):
        if f"quality/{key}" in product.arrays:
            values = product.floats(f"quality/{key}")[used]
            finite = values[np.isfinite(values)]
            if len(finite):
                numbers.append(_median(name, finite, unit, n))
    if len(matrix) > 1:
        values = matrix[np.triu_indices(len(matrix), 1)]
        numbers.append(_median("correlation between neurons, median", values, "", n))
    if pairs is not None:
        numbers.append(
            KeyNumber(
                name="correlation of left-right pairs, median",
                value=float(np.median(pairs.r)),
                chance=pairs.chance,
                p=pairs.p,
                n=f"{len(pairs.r)} pairs",
                note="p and chance from shuffled names",
            )
        )
    numbers += [_tuned(name, found) for name, found in tuned.items()]
    return numbers


def warnings_of(product: Product, pairs: Pairs | None) -> list[str]:
    """What a reader must know before trusting the traces."""
    texts = list(product.read["notes"])
    share = 1 - product.good.mean()
    if share > MOST_BAD_FRAMES:
        texts.append(f"{100 * share:.0f}% of the frames have artifacts.")
    snr = product.floats("quality/snr")[product.present]
    if np.median(snr) > MODEL_SNR:
        texts.append(
            "The traces have hardly any noise: they are those of a model, so signal-to-noise "
            "ratios tell nothing about the recording, and events were inferred before."
        )
    if not product.is_even:
        texts.append(
            "Frames are not evenly spaced; deconvolution and derivative take them as if they "
            "were. The step `resample` lays them on an even grid."
        )
    if (entry := product.entry("deconvolve")) is not None:
        texts += _of_deconvolution(entry["found"], product.kind)
    if pairs is not None and pairs.p > ALPHA:
        texts.append(
            "Left-right pairs are no more alike than neurons with shuffled names "
            f"(p = {pairs.p:.2g}): the names may be out of step with the traces."
        )
    return texts


def _of_deconvolution(found: dict[str, object], kind: str) -> list[str]:
    texts = []
    tau = found["tau_s"]
    if found["estimated"] and isinstance(tau, list) and tau[0] > LONG_TAU:
        texts.append(
            f"The estimated decay of {tau[0]:.2g} s is longer than any common indicator's; give "
            "tau_decay."
        )
    if found["n_failed"]:
        texts.append(
            f"No decay could be estimated for {found['n_failed']} neuron(s) ({found['failed']}); "
            "they were given the median of the others."
        )
    if kind == "zscore":
        texts.append("Events of z-scored traces have no size that compares between neurons.")
    return texts


def _median(name: str, values: Floats, unit: str, n: str) -> KeyNumber:
    low, mid, high = (float(v) for v in np.percentile(values, [25, 50, 75]))
    note = f"middle half: {low:.3g} to {high:.3g}"
    return KeyNumber(name=name, value=mid, unit=unit, n=n, note=note)


def _tuned(name: str, found: Tuned) -> KeyNumber:
    significant = found.p <= ALPHA
    median = f"{np.median(found.resultant[significant]):.2f}" if significant.any() else "none"
    return KeyNumber(
        name=f"neurons tuned to {name}",
        value=int(significant.sum()),
        chance=ALPHA * len(found.p),
        n=f"of {len(found.p)} neurons, each with p ≤ {ALPHA:g}",
        note=f"median resultant length of these: {median}",
    )
