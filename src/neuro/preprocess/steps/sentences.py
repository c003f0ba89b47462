"""What a methods section says of each step, from what was really done."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Entry = dict[str, Any]


def conjoin(words: Iterable[str]) -> str:
    """Join words as prose does: `a, b and c`."""
    words = list(words)
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _montage(entry: Entry) -> str:
    return f"electrodes were given the positions of the montage {entry['params']['name']}"


def _filter(entry: Entry) -> str:
    low, high = (entry["params"][key] for key in ("l_freq", "h_freq"))
    if low and high:
        band = f"band-pass filtered from {low:g} to {high:g} Hz"
    else:
        band = f"low-pass filtered at {high:g} Hz" if high else f"high-pass filtered at {low:g} Hz"
    return (
        f"the data were {band} (zero-phase FIR, Hamming window, {entry['found']['length_s']:.3g} s "
        "long), never across discontinuities"
    )


def _line_noise(entry: Entry) -> str:
    params, found = entry["params"], entry["found"]
    harmonics = len(found["harmonics"]) - 1
    what = f"the line frequency ({found['freq']:g} Hz)"
    what += " and its harmonics below the Nyquist frequency" if harmonics else ""
    if params["method"] == "notch":
        return f"{what} were removed by notch filters (zero-phase FIR)"
    count = params["n_remove"]
    return (
        f"{what} were removed by ZapLine (meegkit), which projects out the "
        f"{f'{count} components' if count > 1 else 'component'} strongest there"
    )


def _resample(entry: Entry) -> str:
    return f"they were resampled to {entry['params']['sfreq']:g} Hz (polyphase)"


def _bad_channels(entry: Entry) -> str:
    params, found = entry["params"], entry["found"]
    wordings: Mapping[str, str] = {
        "flat": f"a standard deviation below {params['flat']:g} µV",
        "lof": f"a local outlier factor of {params['lof_threshold']:g} or more among "
        f"{found['n_neighbors']} neighbors"
        if found["n_neighbors"] >= 2
        else "",
        "deviation": f"a robust z-score of the amplitude beyond ±{params['deviation_z']:g}",
        "hf_noise": "a robust z-score of the amplitude above 50 Hz, relative to that below, over "
        f"{params['hf_noise_z']:g}",
        "correlation": f"no correlation of {params['correlation']:g} with another channel, or no "
        f"signal, in more than {100 * params['correlation_share']:g}% of windows of 1 s",
        "neighbors": "a largest correlation with their three nearest channels (after subtraction "
        f"of the channels' median) that was an outlier ({params['neighbors_k']:g} times the "
        "distance from the median to the 0.15 quantile) in more than "
        f"{100 * params['neighbors_share']:g}% of windows of 1 s",
        "ransac": f"a correlation below {params['ransac_correlation']:g} with their prediction "
        f"from random sets of other channels (RANSAC, {params['ransac_samples']} sets) in more "
        f"than {100 * params['ransac_share']:g}% of windows of 5 s",
    }
    methods = {*params["methods"], *(name for name in wordings if name in found)}
    methods -= {"flat", "lof"} - {*params["methods"]}
    reasons = [text for method, text in wordings.items() if method in methods and text]
    prep = {"deviation", "hf_noise", "correlation", "ransac"} & {*params["methods"]}
    by = " (PREP's criteria as implemented in pyprep)" if prep else ""
    told = f", and channels with {' or '.join(reasons)}{by}," if reasons else ""
    return (
        f"channels marked bad in channels.tsv{told} were declared bad, judged outside of segments "
        "annotated as bad"
    )


def _bad_segments(entry: Entry) -> str:
    params = entry["params"]
    ways = []
    if params["amplitude"] is not None:
        ways.append(
            f"windows of {params['length']:g} s in which more than "
            f"{100 * params['amplitude_share']:g}% of the good channels had a peak-to-peak "
            f"amplitude above {params['amplitude']:g} µV"
        )
    if params["gesd_alpha"] is not None:
        ways.append(
            f"windows of {params['length']:g} s whose log variance, averaged over good channels, "
            "was an upper outlier of the generalized extreme studentized deviate test (α = "
            f"{params['gesd_alpha']:g}, at most {100 * params['gesd_max_share']:g}% of windows)"
        )
    if params["muscle_z"] is not None:
        low, high = params["muscle_band"]
        ways.append(
            f"segments whose envelope from {low:g} to {high:g} Hz exceeded a z-score of "
            f"{params['muscle_z']:g}"
        )
    return f"{conjoin(ways)} were annotated as bad"


def _ica(entry: Entry) -> str:
    params, found = entry["params"], entry["found"]
    low, high = found["band"]
    extended = "" if params["method"] == "fastica" else "extended "
    text = (
        f"independent components were fitted ({extended}{params['method']}) to an average-"
        f"referenced copy of the good channels, filtered from {low:g} to {high:g} Hz, outside of "
        "segments annotated as bad"
    )
    if params["n_components"] is None:
        text += ", as many as the data's rank"
    ways = []
    limits = {k: v for k, v in (params["iclabel"] or {}).items() if v is not None}
    if limits:
        told = conjoin(f"{name} {least:g}" for name, least in limits.items())
        ways.append(f"ICLabel gave at least this probability of an artifact ({told})")
    if judged := list(found["correlated"]):
        kinds = conjoin({"eog": "EOG", "ecg": "ECG"}.get(kind, "muscles") for kind in judged)
        ways.append(f"were like {kinds}")
    return f"{text}; those that {' or '.join(ways)} were removed" if ways else text


def _interpolate(entry: Entry) -> str:
    return "bad channels were replaced by spherical-spline interpolation"


def _reference(entry: Entry) -> str:
    channels = entry["params"]["channels"]
    if channels == "REST":
        return (
            "the data were re-referenced to a point at infinity (REST, three-layer spherical head "
            "model)"
        )
    if channels == "average":
        return "the data were re-referenced to the average of all good channels"
    return f"the data were re-referenced to {conjoin(entry['found']['channels'])}"


def _csd(entry: Entry) -> str:
    params = entry["params"]
    return (
        "potentials were turned into current source density by spherical splines (λ² = "
        f"{params['lambda2']:g}, stiffness {params['stiffness']:g})"
    )


def _mne(entry: Entry) -> str:
    ((method, given),) = entry["params"].items()
    told = ", ".join(f"{key}={value!r}" for key, value in given.items())
    return f"MNE-Python's Raw.{method}({told}) was applied"


SENTENCES: dict[str, Callable[[Entry], str]] = {
    "montage": _montage,
    "filter": _filter,
    "line_noise": _line_noise,
    "resample": _resample,
    "bad_channels": _bad_channels,
    "bad_segments": _bad_segments,
    "ica": _ica,
    "interpolate": _interpolate,
    "reference": _reference,
    "csd": _csd,
    "mne": _mne,
}
"""The sentence about a step, by method."""
