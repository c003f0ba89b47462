"""From one recording's sensors and parcels to figures, with captions and alternative texts."""

from collections.abc import Iterator, Mapping

import mne
import numpy as np
import scipy.signal
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.io.hdf5 import Array
from neuro.preprocess.chain import History
from neuro.preprocess.meg.channels import NAMES, UNITS, by_kind
from neuro.preprocess.meg.measure import Component
from neuro.preprocess.windows import cut, good_stretches
from neuro.viz.erp import Wave
from neuro.viz.meg import (
    HeadPicture,
    PeakPicture,
    SensorsPicture,
    component_figure,
    head_figure,
    leakage_figure,
    sensors_figure,
)

Floats = NDArray[np.float64]
Texts = dict[str, str]
WINDOW = 2.0
"""Length of the windows of the sensors' spectra, s."""
LOWEST = 0.5


def draw(
    arrays: Mapping[str, Array],
    history: History,
    components: list[Component],
    raw: mne.io.BaseRaw,
) -> Iterator[tuple[str, Figure, Texts]]:
    """All figures of a recording.

    Yields
    ------
    name : str
        File name without its ending.
    figure : Figure
        The figure.
    texts : dict of str
        Its title, caption and alternative text.
    """
    for component in components:
        yield f"component_{component.name}", *_component(component)
    yield "leakage", *_leakage(arrays, history)
    yield "coregistration", *_head(arrays, history)
    yield "sensors", *_sensors(raw, history)


def spot(point: Floats) -> str:
    """A place in MNI152: `(−54, −22, 16)`."""
    return f"({', '.join(f'{x:.0f}'.replace('-', '−') for x in point)})"


def peak_text(component: Component) -> str:
    """Where and when the deflection is, by hemisphere."""
    return "; ".join(
        f"{peak.side} {peak.parcel} at {1e3 * peak.latency:.0f} ms (p = {peak.p:.2g}), largest "
        f"voxel {spot(peak.voxel)} mm at {1e3 * peak.voxel_latency:.0f} ms"
        for peak in component.peaks
    )


def _component(component: Component) -> tuple[Figure, Texts]:
    peaks = [
        PeakPicture(
            label=f"{peak.side}: {peak.parcel}, {1e3 * peak.latency:.0f} ms",
            side=peak.side,
            wave=Wave(peak.parcel, peak.wave.mean, peak.wave.low, peak.wave.high),
            latency=peak.latency,
            voxel=peak.voxel,
        )
        for peak in component.peaks
    ]
    start, stop = (f"{1e3 * edge:.0f}" for edge in component.window)
    told = peak_text(component)
    figure = component_figure(
        peaks, component.times, component.window, component.voxels, component.map
    )
    return figure, {
        "title": f"{component.name} at the sources",
        "caption": (
            f"Above: mean over {component.n_trials} trials of the parcel with the largest "
            "deflection of each hemisphere in the shaded window, turned upward, with pointwise 95% "
            f"intervals. Below: largest amplitude of each voxel between {start} and {stop} ms, in "
            "standard deviations of the projected noise, and the largest voxel of each hemisphere "
            f"(rings). {told}. Which parcel is strongest was chosen in the same trials; p counts "
            "all parcels of the hemisphere and all times of the window."
        ),
        "alt": f"Time courses and maps of the deflection: {told}.",
    }


def _leakage(arrays: Mapping[str, Array], history: History) -> tuple[Figure, Texts]:
    before, after = (np.asarray(arrays[f"leakage/{key}"].values) for key in ("before", "after"))
    found = next(entry["found"] for entry in history if entry["method"] == "source")
    return leakage_figure(before, after), {
        "title": "Leakage between parcels",
        "caption": (
            f"Zero-lag correlations between the time courses of {len(before)} parcels, before and "
            f"after symmetric orthogonalization; data of rank {found['rank']}."
        ),
        "alt": "Correlation matrices of the parcels before and after orthogonalization.",
    }


def _head(arrays: Mapping[str, Array], history: History) -> tuple[Figure, Texts]:
    found = next(entry["found"] for entry in history if entry["method"] == "source")
    names = ("scalp", "shape", "sensors", "grid")
    parts = {name: np.asarray(arrays[f"head/{name}"].values) for name in names}
    scale = " × ".join(f"{x:.3f}" for x in found["scale"])
    kind = f"template, scaled by {scale}" if found["head"] == "template" else "individual head"
    told = (
        f"median distance of {found['n_points']} digitized points from the scalp "
        f"{found['median_distance_mm']:.1f} mm"
    )
    return head_figure(HeadPicture(**parts)), {
        "title": "Coregistration",
        "caption": (
            f"The head model ({kind}) between the sensors, in head coordinates; {told}, "
            f"{found['n_omitted']} left out."
        ),
        "alt": f"Head, digitized points and sensors from three sides; {told}.",
    }


def _sensors(raw: mne.io.BaseRaw, history: History) -> tuple[Figure, Texts]:
    entry = next((e for e in reversed(history) if e["method"] == "ica"), None)
    removed = {} if entry is None else entry["found"]["excluded"]
    sfreq = float(raw.info["sfreq"])
    freqs, spectra = _densities(raw)
    spans = [
        (float(a["onset"]) - raw.first_time, float(a["onset"] - raw.first_time + a["duration"]))
        for a in raw.annotations
        if str(a["description"]).lower().startswith("bad") and a["duration"] > 0
    ]
    info, maps = _maps(raw, entry)
    picture = SensorsPicture(
        freqs=freqs,
        spectra=spectra,
        units={NAMES[kind]: UNITS[kind][0] for kind, _ in by_kind(raw.info)},
        seconds=float(raw.n_times / sfreq),
        bad=spans,
        maps=maps,
        info=info,
    )
    bads = [raw.ch_names[i] for _, p in by_kind(raw.info, bads=True) for i in p]
    bads = [name for name in bads if name in raw.info["bads"]]
    share = 100 * sum(part.stop - part.start for part in good_stretches(raw)) / raw.n_times
    gone = ", ".join(f"{name} ({', '.join(why)})" for name, why in removed.items()) or "none"
    return sensors_figure(picture), {
        "title": "Clean sensors",
        "caption": (
            "Amplitude spectral density of the good channels outside of bad segments: median and "
            f"the middle 90%. Bad channels: {', '.join(bads) or 'none'}. {share:.0f}% of the "
            f"recording is good. Components removed: {gone}; maps over one type of sensors."
        ),
        "alt": f"Spectra by type of sensor; {share:.0f}% good; components removed: {gone}.",
    }


def _densities(raw: mne.io.BaseRaw) -> tuple[Floats, dict[str, Floats]]:
    """Amplitude spectral density by type of channel."""
    sfreq = float(raw.info["sfreq"])
    stretches = good_stretches(raw)
    longest = max(part.stop - part.start for part in stretches)
    length = min(round(WINDOW * sfreq), longest)
    spectra = {}
    for kind, picks in by_kind(raw.info):
        windows = cut(raw.get_data(picks=picks), stretches, length, length)
        freqs, density = scipy.signal.periodogram(windows, sfreq, "hann", detrend="constant")
        shown = (freqs >= LOWEST) & (freqs < sfreq / 2)
        spectra[NAMES[kind]] = np.sqrt(density.mean(axis=0)[:, shown]) * UNITS[kind][1]
    return freqs[shown], spectra


def _maps(
    raw: mne.io.BaseRaw, entry: dict[str, object] | None
) -> tuple[mne.Info | None, list[tuple[str, Floats]]]:
    """Maps of the removed components over magnetometers, or else over gradiometers."""
    found: dict[str, dict[str, list[object]]] = {} if entry is None else entry["found"]  # type: ignore[assignment]
    if not found or not found["excluded"]:
        return None, []
    names = [str(name) for name in found["mixing"]["channels"]]
    there = mne.pick_info(raw.info, [raw.ch_names.index(name) for name in names])
    _, picks = next(iter(by_kind(there, bads=True)))
    values = np.array(found["mixing"]["maps"], dtype=float)
    labels = [f"{name}\n{', '.join(map(str, why))}" for name, why in found["excluded"].items()]
    return mne.pick_info(there, picks), list(zip(labels, values[:, picks], strict=True))
