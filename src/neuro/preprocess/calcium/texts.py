"""The methods section of a recording, from what was really done."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from neuro.io.manifest import Citation
from neuro.preprocess.calcium import references
from neuro.preprocess.calcium.chain import History

if TYPE_CHECKING:
    from neuro.config.calcium import Tuning

Entry = dict[str, Any]

KINDS = {
    "fluorescence": "Raw fluorescence",
    "dff": "dF/F",
    "zscore": "Z-scored traces",
    "components": "Components of a factorization",
}


def paragraphs(history: History, tuned: Sequence[str], params: "Tuning") -> list[str]:
    """Describe reading, chain, quality and tuning.

    Parameters
    ----------
    history : list of dict
        From :func:`neuro.preprocess.calcium.clean.run`.
    tuned : sequence of str
        Circular covariates that tuning was looked for.
    params : Tuning
        Its parameters.
    """
    steps = [SENTENCES[entry["method"]](entry) for entry in history[1:]]
    chain = f"Then, in this order: {'; '.join(steps)}." if steps else "No step was carried out."
    texts = [f"{_read(history[0])} {chain}", QUALITY]
    if tuned:
        texts.append(
            f"Tuning to {', '.join(tuned)}: mean activity in {params.bins} bins of the circle, "
            f"smoothed with a Gaussian of {params.smoothing:g} degrees; the resultant length of "
            f"the curve was compared with {params.n_surrogates} circular shifts of the covariate "
            f"by at least {params.min_shift:g} s."
        )
    return texts


def citations(history: History) -> list[Citation]:
    """Works behind what was done."""
    cited = [citation for entry in history for citation in references.of_entry(entry)]
    return list(dict.fromkeys(cited))


QUALITY = (
    "The noise of a trace is the scaled median absolute difference of neighbouring frames; its "
    "signal-to-noise ratio is the distance of its 99th percentile from its median in standard "
    "deviations of that noise. Correlations are over frames without artifacts; neurons are ordered "
    "by average-linkage clustering of 1 - r."
)


def _read(entry: Entry) -> str:
    found, params = entry["found"], entry["params"]
    of = f" of {found['n_found']} regions" if found["n_found"] != found["n_neurons"] else ""
    text = (
        f"{KINDS[found['kind']]} of {found['n_neurons']} neurons{of} came from "
        f"{found['format']} ({found['duration_s']:g} s at {found['sfreq']:.4g} Hz)."
    )
    if params["exclude"]:
        text += f" Left out by name: {', '.join(params['exclude'])}."
    return text


def _neuropil(entry: Entry) -> str:
    params = entry["params"]
    what = (
        "the neuropil"
        if params["subtract"] == "all"
        else "the neuropil's fluctuation about its median"
    )
    return f"{params['coefficient']:g} times {what} was subtracted"


def _motion(entry: Entry) -> str:
    params, found = entry["params"], entry["found"]
    how = []
    if params["jump_z"] is not None:
        how.append(
            "the mean absolute difference to the frame before exceeded a robust z-score of "
            f"{params['jump_z']:g}"
        )
    if params["shift"] is not None:
        how.append(f"motion correction had shifted them by more than {params['shift']:g} pixels")
    text = f"{found['n_bad']} of {found['n']} frames were marked as artifacts, where "
    return text + (" or ".join(how) or "nothing was looked for")


def _bleaching(entry: Entry) -> str:
    found = entry["found"]
    how = "divided by" if entry["params"]["correction"] == "divide" else "freed from"
    return (
        f"{found['n_corrected']} of {found['n']} traces were {how} an exponential decay fitted to "
        "their slow baseline"
    )


def _dff(entry: Entry) -> str:
    params, gone = entry["params"], entry["found"]["excluded"]
    text = (
        f"dF/F was computed with the running {params['percentile']:g}th percentile in "
        f"{params['window']:g} s as baseline"
    )
    if params["smoothing"] > 0:
        text += f", after smoothing with a Gaussian of {params['smoothing']:g} s"
    return text + (f"; {_count(gone)} without a positive baseline left out" if gone else "")


def _resample(entry: Entry) -> str:
    found = entry["found"]
    return (
        f"frames were brought from {found['sfreq_before']:.4g} to {found['sfreq']:.4g} Hz, evenly "
        "spaced, with a zero-phase anti-aliasing filter where the rate fell"
    )


def _select(entry: Entry) -> str:
    params, gone = entry["params"], entry["found"]["excluded"]
    limits = []
    if params["min_snr"] is not None:
        limits.append(f"a signal-to-noise ratio below {params['min_snr']:g}")
    if params["max_noise"] is not None:
        limits.append(f"a noise level above {params['max_noise']:g} %/√Hz")
    return f"{_count(gone)} with {' or '.join(limits)} left out"


def _count(names: Sequence[str]) -> str:
    return f"{len(names)} neuron{'' if len(names) == 1 else 's'}"


def _deconvolve(entry: Entry) -> str:
    params, found = entry["params"], entry["found"]
    names = ["decay", "rise"][: params["order"]]
    tau = " and ".join(
        f"{name} {value:.2g} s" for name, value in zip(names, found["tau_s"], strict=True)
    )
    if not found["estimated"]:
        origin = "given"
    elif params["pool"]:
        origin = "estimated, median over neurons"
    else:
        origin = "estimated for each neuron; here the median"
    return (
        f"events and denoised traces came from OASIS (order {params['order']}, {tau}, {origin}; "
        f"L{params['penalty']} penalty)"
    )


def _derivative(entry: Entry) -> str:
    params = entry["params"]
    if params["method"] == "tv":
        return (
            "derivatives came from total-variation regularization at a time scale of "
            f"{params['window']:g} s"
        )
    return (
        f"derivatives came from Savitzky-Golay polynomials of order {params['polyorder']} over "
        f"{entry['found']['frames']} frames"
    )


SENTENCES: dict[str, Callable[[Entry], str]] = {
    "neuropil": _neuropil,
    "motion": _motion,
    "bleaching": _bleaching,
    "dff": _dff,
    "resample": _resample,
    "select": _select,
    "deconvolve": _deconvolve,
    "derivative": _derivative,
}
