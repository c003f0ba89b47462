"""Steps of the cleaning chain of MEG: functions, sentences, works to cite."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import mne
import numpy as np

from neuro.io.manifest import Citation
from neuro.preprocess import references as eeg_works
from neuro.preprocess.chain import StepFunction
from neuro.preprocess.meg import references as works
from neuro.preprocess.meg.channels import meg_picks
from neuro.preprocess.meg.components import meg_ica
from neuro.preprocess.meg.maxwell import maxwell, projections
from neuro.preprocess.meg.outliers import meg_bad_channels, meg_bad_segments
from neuro.preprocess.steps.basic import filter_, resample
from neuro.preprocess.steps.common import Found
from neuro.preprocess.steps.line_noise import line_noise
from neuro.preprocess.steps.mne_method import mne_method
from neuro.preprocess.steps.sentences import SENTENCES, conjoin

if TYPE_CHECKING:
    from neuro.config.meg_steps import MEGInterpolate

Entry = dict[str, Any]


def meg_interpolate(
    raw: mne.io.BaseRaw, params: "MEGInterpolate", rng: np.random.Generator
) -> Found:
    """Replace bad MEG and EEG channels from their neighbors' fields."""
    there = {raw.ch_names[i] for i in meg_picks(raw.info, bads=True)}
    there |= {raw.ch_names[i] for i in mne.pick_types(raw.info, eeg=True, exclude=[])}
    bads = [name for name in raw.info["bads"] if name in there]
    if bads:
        raw.interpolate_bads(reset_bads=True)
    return {"channels": bads}


STEPS: dict[str, StepFunction] = {
    "maxwell": maxwell,
    "projections": projections,
    "filter": filter_,
    "line_noise": line_noise,
    "resample": resample,
    "bad_channels": meg_bad_channels,
    "bad_segments": meg_bad_segments,
    "ica": meg_ica,
    "interpolate": meg_interpolate,
    "mne": mne_method,
}


def sentence(entry: Entry) -> str:
    """What a methods section says of a step, from what was really done; '' for nothing."""
    own = _SENTENCES.get(entry["method"])
    if own is not None:
        return own(entry)
    return SENTENCES[entry["method"]](entry) if entry["method"] in STEPS else ""


def cited(entry: Entry) -> list[Citation]:
    """Works behind one entry of a history."""
    match entry["method"]:
        case "maxwell" if entry["found"]["done"]:
            return [works.SSS, works.TSSS] if entry["found"]["st_duration"] else [works.SSS]
        case "projections" if entry["found"]["applied"]:
            return [works.SSP]
        case "bad_channels" | "bad_segments":
            return [eeg_works.GESD]
        case "ica":
            return [works.ALGORITHM[entry["params"]["method"]], works.CTPS]
        case "line_noise" if entry["params"]["method"] == "zapline":
            return [eeg_works.ZAPLINE]
    return []


def _maxwell(entry: Entry) -> str:
    params, found = entry["params"], entry["found"]
    if not found["done"]:
        return f"signal-space separation was not used, since {found['reason']}"
    text = (
        "signal-space separation was applied (MNE-Python's Maxwell filter, orders "
        f"{params['int_order']} and {params['ext_order']}"
    )
    if found["st_duration"]:
        text += (
            f", temporal extension over {found['st_duration']:g} s with correlation limit "
            f"{params['st_correlation']:g}"
        )
    calibrated = [name for name in ("calibration", "cross_talk") if found[name]]
    told = conjoin(
        {"calibration": "fine calibration", "cross_talk": "cross-talk"}[k] for k in calibrated
    )
    return f"{text}; {f'with {told}' if told else 'without fine calibration and cross-talk'})"


def _projections(entry: Entry) -> str:
    names = entry["found"]["applied"]
    return f"the stored signal-space projections {conjoin(names)} were applied" if names else ""


def _bad_channels(entry: Entry) -> str:
    params = entry["params"]
    return (
        "MEG channels marked bad, flat ones, and outliers of log amplitude among channels of their "
        "type (median standard deviation of windows of 1 s; two-sided generalized extreme "
        f"studentized deviate test, α = {params['alpha']:g}) were declared bad"
    )


def _bad_segments(entry: Entry) -> str:
    params = entry["params"]
    if entry["found"]["skipped"]:
        return ""
    what = "recording and of its first difference" if params["difference"] else "recording"
    return (
        f"windows of {params['length']:g} s whose log standard deviation, averaged over good "
        f"channels of a type, of the {what} was an upper outlier of the same test (α = "
        f"{params['alpha']:g}, at most {100 * params['gesd_max_share']:g}% of windows each) were "
        "annotated as bad"
    )


def _ica(entry: Entry) -> str:
    params, found = entry["params"], entry["found"]
    low, high = found["band"]
    extended = "" if params["method"] == "fastica" else "extended "
    ways = {
        "eog": f"correlated with the EOG channels by {params['eog_correlation']:g} or more",
        "ecg": f"followed the heart beat ({found['judged'].get('ecg')}; cross-trial phase "
        "statistic)",
        "muscle": f"had a muscle score of {params['muscle_score']:g} or more by spectrum and map",
    }
    told = [ways[kind] for kind, by in found["judged"].items() if by]
    return (
        f"{found['n_components']} independent components were fitted ({extended}"
        f"{params['method']}) to the good MEG channels from {low:g} to {high:g} Hz outside of bad "
        f"segments; those that {' or '.join(told)} were removed"
        if told
        else ""
    )


def _interpolate(entry: Entry) -> str:
    return "bad channels were interpolated (MEG: minimum-norm field mapping; EEG: splines)"


_SENTENCES: dict[str, Callable[[Entry], str]] = {
    "maxwell": _maxwell,
    "projections": _projections,
    "bad_channels": _bad_channels,
    "bad_segments": _bad_segments,
    "ica": _ica,
    "interpolate": _interpolate,
}
