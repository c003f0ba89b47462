"""From a calcium recording to traces: read, check, carry out the chain, write one HDF5 file."""

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neuro import __version__
from neuro.io import hdf5
from neuro.io.bids import Recording
from neuro.io.hdf5 import Array
from neuro.preprocess.calcium.chain import History, apply_chain, check_chain
from neuro.preprocess.calcium.quality import noise_level, noise_sd, signal_to_noise
from neuro.preprocess.calcium.reading import open_traces
from neuro.preprocess.calcium.traces import Floats, Traces

if TYPE_CHECKING:
    from neuro.config.calcium import CalciumCleaning

PER_FRAME = ("neuron", "time")
LIBRARIES = {
    "NWB": ("pynwb", "h5py"),
    "CaImAn": ("h5py",),
    "CSV": ("pandas",),
    "Parquet": ("pandas", "pyarrow"),
}


def run(
    traces_path: str | Path,
    *,
    root: str | Path,
    recording: Recording,
    params: "CalciumCleaning",
) -> History:
    """Read a recording and carry out the chain.

    Parameters
    ----------
    traces_path : str | Path
        Where the traces go, a name that ends in `_traces.h5`.
    root : str | Path
        The dataset's tree.
    recording : Recording
        Which recording of it.
    params : CalciumCleaning
        What is read, and the chain.

    Returns
    -------
    history : list of dict
        `method`, `params` and `found` of each step, from `read` on.

    Raises
    ------
    ValueError, OSError
        If the recording is bad or does not fit the parameters; nothing is written then.
    """
    opened = open_traces(root, recording, params.read)
    chain = params.chain_for(opened.kind, neuropil=opened.has_neuropil)
    check_chain(opened, chain)
    traces = opened.load()
    duration = float(traces.time[-1] - traces.time[0]) + 1 / traces.sfreq
    facts = {**opened.facts, "duration_s": round(duration, 3)}
    read = {"method": "read", "params": params.read.model_dump(mode="json"), "found": facts}
    history = [read, *apply_chain(traces, chain, opened.where)]
    story = {
        "history": history,
        "usual_chain": params.chain is None,
        "versions": _versions(history, opened.format),
    }
    hdf5.write(traces_path, arrays_of(traces), story)
    return history


def arrays_of(traces: Traces) -> dict[str, Array]:
    """Content of the file: traces, names, masks, time, covariates, epochs, quality."""
    unit = {"fluorescence": "a.u.", "components": "a.u."}.get(traces.kind, "1")
    attrs = {"sfreq": traces.sfreq, "kind": traces.kind}
    arrays = {
        "dff": Array(_float32(traces.values), PER_FRAME, unit, attrs),
        "names": Array(traces.names, ("neuron",)),
        "identified": Array(traces.identified, ("neuron",)),
        "present": Array(traces.present, ("neuron",)),
        "good": Array(traces.good, ("time",), "1", {"sfreq": traces.sfreq}),
        "time": Array(traces.time, ("time",), "s", {"sfreq": traces.sfreq, "even": traces.is_even}),
        **_quality(traces, unit),
    }
    for name, per_second in (
        ("baseline", "a.u."),
        ("denoised", unit),
        ("deconvolved", unit),
        ("derivative", f"{unit}/s"),
    ):
        if (values := getattr(traces, name)) is not None:
            arrays[name] = Array(_float32(values), PER_FRAME, per_second, attrs)
    if traces.tau is not None:
        arrays["quality/tau"] = Array(traces.tau, ("neuron", "decay_rise"), "s")
    for name, covariate in traces.covariates.items():
        axes = ("time", "dimension")[: covariate.values.ndim]
        about = {"sfreq": traces.sfreq, "circular": covariate.circular}
        arrays[f"covariates/{name}"] = Array(covariate.values, axes, covariate.unit, about)
    if traces.epochs is not None:
        arrays["epochs/start"] = Array(traces.epochs.start, ("epoch",), "s")
        arrays["epochs/stop"] = Array(traces.epochs.stop, ("epoch",), "s")
        arrays["epochs/label"] = Array(traces.epochs.label, ("epoch",))
    return arrays


def _quality(traces: Traces, unit: str) -> dict[str, Array]:
    arrays = {
        "quality/noise_sd": Array(noise_sd(traces.values, traces.good), ("neuron",), unit),
        "quality/snr": Array(signal_to_noise(traces.values, traces.good), ("neuron",)),
    }
    if traces.kind == "dff":
        level = noise_level(traces.values, traces.good, traces.sfreq)
        arrays["quality/noise_level"] = Array(level, ("neuron",), "%/Hz^0.5")
    return arrays


def _float32(values: Floats) -> Any:
    return values.astype(np.float32)


def _versions(history: History, format_: str) -> dict[str, str]:
    used = {"numpy", "scipy", *LIBRARIES.get(format_, ())}
    if any(entry["method"] == "deconvolve" for entry in history):
        used.add("oasis-deconv")
    return {"neuro": __version__, **{name: version(name) for name in sorted(used)}}
