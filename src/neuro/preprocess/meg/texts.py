"""What the manifest of a recording says: key numbers, methods, citations, warnings."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from neuro.io.hdf5 import Array
from neuro.io.manifest import Citation, KeyNumber
from neuro.preprocess.chain import History
from neuro.preprocess.meg import references as works
from neuro.preprocess.meg.chain import STEPS, cited, sentence
from neuro.preprocess.meg.measure import CONFIDENCE, Component
from neuro.preprocess.meg.parcels import mean_absolute
from neuro.preprocess.meg.pictures import spot
from neuro.preprocess.steps.sentences import conjoin

if TYPE_CHECKING:
    from neuro.config.meg import MEGPreprocess

Entry = dict[str, Any]
FAR = 5.0
"""A larger median distance of the head shape from the scalp is a warning, mm."""
LITTLE = 0.7
"""Less good data is a warning, share of the recording."""
SHORT = 3
"""Fewer samples per dimension squared make the beamformer's covariance unsure."""


def key_numbers(
    arrays: Mapping[str, Array], history: History, components: list[Component]
) -> list[KeyNumber]:
    """Deflections at the sources, leakage, fit of the head, quality."""
    numbers = [number for component in components for number in _of_component(component)]
    found = _found(history, "source")
    for key in ("before", "after"):
        matrix = np.asarray(arrays[f"leakage/{key}"].values)
        numbers.append(
            KeyNumber(
                name=f"mean absolute zero-lag correlation of parcels, {key}",
                value=mean_absolute(matrix),
                n=f"{len(matrix)} parcels",
                note="before and after symmetric orthogonalization",
            )
        )
    numbers.append(
        KeyNumber(
            name="distance of head shape from scalp, median",
            value=found["median_distance_mm"],
            unit="mm",
            n=f"{found['n_points']} points",
        )
    )
    numbers.append(
        KeyNumber(name="rank used", value=found["rank"], n=f"of {found['full_rank']} dimensions")
    )
    return [*numbers, *_of_quality(arrays, history), *_of_signs(history)]


def paragraphs(history: History, params: "MEGPreprocess") -> list[str]:
    """Describe what was done; the same for all recordings that were treated alike."""
    read = _found(history, "read")
    channels = conjoin(f"{n} {_KINDS[kind]}" for kind, n in read["n_channels"].items())
    steps = [text for entry in history if (text := sentence(entry))]
    texts = [
        f"MEG of {channels}, stored at {read['sfreq']:g} Hz, was read from BIDS with MNE-BIDS and "
        "processed with MNE-Python.",
        f"Cleaning, in this order: {'; '.join(steps)}.",
        _head(_found(history, "source"), params),
        _sources(params, _found(history, "source")),
    ]
    if params.signs is not None:
        texts.append(
            "The parcels' arbitrary signs were aligned across recordings: for each, the signs that "
            "maximize the correlation of its time-delay embedded covariance (entries of different "
            f"parcels, {params.signs.n_embeddings} delays) with that of the recording most like "
            "all others, found by single flips from spectral starts."
        )
    if params.components:
        texts.append(_components(params))
    return texts


def citations(history: History, params: "MEGPreprocess") -> list[Citation]:
    """Works behind what was done."""
    found = [works.MNE, works.MNE_BIDS, works.MEG_BIDS]
    for entry in history:
        if entry["method"] in STEPS:
            found += cited(entry)
    found += [works.BEM, works.LCMV, works.OSL]
    if _found(history, "source")["head"] == "template":
        found.append(works.FSAVERAGE)
    if params.source.orthogonalize:
        found.append(works.ORTHOGONAL)
    if params.signs is not None:
        found.append(works.SIGNS)
    package = params.parcellation.chosen_package
    if package is not None:
        found.append(Citation(text=package.citation))
    return list(dict.fromkeys(found))


def licenses(params: "MEGPreprocess") -> list[str]:
    """License of the parcellation."""
    package = params.parcellation.chosen_package
    return [] if package is None else [f"parcellation: {package.license}"]


def warnings_of(arrays: Mapping[str, Array], history: History) -> list[str]:
    """What a reader must know before trusting the numbers."""
    texts: list[str] = list(_found(history, "read")["notes"])
    for entry in history:
        if entry["method"] == "maxwell" and not entry["found"]["done"]:
            texts.append(f"Signal-space separation was skipped: {entry['found']['reason']}.")
        if entry["method"] == "bad_segments" and entry["found"]["skipped"]:
            texts.append(f"Bad segments were not looked for: {entry['found']['skipped']}.")
        if entry["method"] == "ica":
            texts += _of_ica(entry)
    source = _found(history, "source")
    if source["head"] == "template":
        texts.append(
            "Sources are those of a template head fitted to the head shape: places are good to a "
            "centimeter or two."
        )
    if source["fiducials_only"]:
        texts.append(
            "There is no digitized head shape: the head was fitted to the three fiducials alone."
        )
    if source["median_distance_mm"] > FAR:
        texts.append(
            f"The head shape lies {source['median_distance_mm']:.1f} mm from the scalp (median): "
            "look at the coregistration."
        )
    good = np.asarray(arrays["good"].values)
    if good.mean() < LITTLE:
        texts.append(f"Only {100 * good.mean():.0f}% of the recording is good.")
    if good.sum() < SHORT * source["rank"] ** 2:
        texts.append(
            f"{int(good.sum())} good samples are few for a covariance of rank {source['rank']}: "
            "the beamformer's weights are unsure, and power is underestimated."
        )
    return texts


_KINDS = {"mag": "magnetometers or axial gradiometers", "grad": "planar gradiometers"}


def _found(history: History, method: str) -> Entry:
    return next(e["found"] for e in reversed(history) if e["method"] == method)


def _of_component(component: Component) -> list[KeyNumber]:
    return [
        KeyNumber(
            name=f"{component.name} latency, {peak.side}",
            value=1e3 * peak.latency,
            unit="ms",
            p=peak.p,
            n=f"{component.n_trials} trials",
            note=f"{peak.parcel}, {peak.amplitude:.2f} SD; largest voxel {spot(peak.voxel)} mm at "
            f"{1e3 * peak.voxel_latency:.0f} ms; p by sign flips of trials, all parcels of the "
            "hemisphere",
        )
        for peak in component.peaks
    ]


def _of_quality(arrays: Mapping[str, Array], history: History) -> list[KeyNumber]:
    good = np.asarray(arrays["good"].values)
    sfreq = float(arrays["parcels"].attrs["sfreq"])
    total = sum(_found(history, "read")["n_channels"].values())
    names = len(arrays["ch_names"].values)
    seconds = f"{good.sum() / sfreq:.0f} of {len(good) / sfreq:.0f} s"
    numbers = [
        KeyNumber(name="good data", value=100 * float(good.mean()), unit="%", n=seconds),
        KeyNumber(name="channels left out", value=total - names, n=f"of {total}"),
    ]
    icas = [entry["found"] for entry in history if entry["method"] == "ica"]
    if icas:
        n = sum(found["n_components"] for found in icas)
        value = sum(len(found["excluded"]) for found in icas)
        numbers.append(
            KeyNumber(name="components removed", value=value, n=f"of {n} independent components")
        )
    return numbers


def _of_signs(history: History) -> list[KeyNumber]:
    found = _found(history, "signs")
    if found["r_after"] is None or found["template"]:
        return []
    return [
        KeyNumber(
            name="correlation with the template of signs",
            value=found["r_after"],
            note=f"{found['r_before']:.2f} before; {found['n_flipped']} parcels flipped",
        )
    ]


def _of_ica(entry: Entry) -> list[str]:
    params, found = entry["params"], entry["found"]
    texts = []
    for kind, by in found["judged"].items():
        if not by:
            what = {"eog": "eyes: there is no EOG channel", "ecg": "the heart: no beats were found"}
            texts.append(f"Components were not judged for {what.get(kind, kind)}.")
    if found["n_iter"] >= params["max_iter"]:
        texts.append(
            f"The independent components did not converge within {params['max_iter']} iterations; "
            "raise max_iter."
        )
    return texts


def _head(found: Entry, params: "MEGPreprocess") -> str:
    fit = params.source.coregistration
    head = (
        f"The template head fsaverage, scaled ({fit.scale}),"
        if found["head"] == "template"
        else "The subject's own head"
    )
    how = (
        "the digitized fiducials"
        if found["fiducials_only"]
        else "the digitized fiducials, then head shape, by iterative closest points (points "
        f"farther than {fit.omit:g} mm left out)"
    )
    return (
        f"{head} was fitted to {how}. Fields of dipoles on a volume grid in MNI152 space (the "
        f"parcellation's own, or {params.source.spacing:g} mm) were computed for a single shell, "
        "the inner skull (boundary elements)."
    )


def _sources(params: "MEGPreprocess", found: Entry) -> str:
    filters = params.source.beamformer
    noise = {
        "diagonal": "the mean variance of each type of sensor as noise",
        "baseline": "the covariance of the baseline as noise",
        "emptyroom": "the covariance of the empty room as noise",
    }[params.source.noise.method]
    rank = "all dimensions" if filters.rank is None else f"the {filters.rank} strongest dimensions"
    text = (
        f"A linearly constrained minimum variance beamformer (orientation of maximum power, "
        f"{filters.weight_norm} weights, regularization {filters.reg:g}) was made from the "
        f"covariance of {filters.l_freq:g} to {filters.h_freq:g} Hz outside of bad segments, with "
        f"{noise}, in {rank} of the data. The time course of each of {found['n_parcels']} parcels "
        "is the first principal component of its voxels"
    )
    if params.source.orthogonalize:
        text += "; zero-lag correlations were removed by symmetric orthogonalization"
    return f"{text}. Time courses were standardized over good samples."


def _components(params: "MEGPreprocess") -> str:
    told = conjoin(
        f"{name} between {1e3 * c.window[0]:.0f} and {1e3 * c.window[1]:.0f} ms after "
        f"{conjoin(c.conditions)}"
        for name, c in params.components.items()
    )
    return (
        f"Deflections were looked for at the sources: {told}. p is the share of random sign flips "
        "of the trials with as large a mean at any parcel of the hemisphere within the window. "
        f"Bands are pointwise {100 * CONFIDENCE:g}% intervals across trials."
    )
