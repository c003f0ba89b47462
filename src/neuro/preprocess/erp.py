"""From clean epochs to evoked responses, contrasts, figures and a recording's manifest."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import mne
import numpy as np

from neuro.io import hdf5, manifest
from neuro.io.atomic import atomic
from neuro.io.hdf5 import Array
from neuro.preprocess.contrasts import Estimate, Result, evaluate, generator_for
from neuro.preprocess.eeg import read_history
from neuro.preprocess.epoching import examined_overlap, trials
from neuro.preprocess.findings import Quality, key_numbers, quality_of, warnings_of
from neuro.preprocess.methods import citations, paragraphs
from neuro.preprocess.pictures import (
    MOST_MAPS,
    condition_pictures,
    condition_texts,
    contrast_picture,
    contrast_texts,
    field_power,
    mapped_info,
    quality_picture,
    quality_texts,
    unit_of,
)
from neuro.stats.intervals import Band, mean_band
from neuro.viz.conditions import conditions_figure
from neuro.viz.erp import contrast_figure
from neuro.viz.quality import quality_figure
from neuro.viz.style import save_svg, style

if TYPE_CHECKING:
    from neuro.config.eeg import EEGPreprocess

WAVE = ("time",)
WAVES = ("channel", "time")


class Outputs(Protocol):
    """Files of one recording.

    `erp` (`.h5`), `evoked` (`_ave.fif`), `figures` (a folder), `manifest` (`.json`).
    """

    erp: Path
    evoked: Path
    figures: Path
    manifest: Path


def run(
    epochs_path: str | Path,
    outputs: Outputs,
    *,
    dataset: str,
    recording_name: str,
    params: "EEGPreprocess",
    rng: np.random.Generator,
) -> dict[str, Result]:
    """Average, compare and test the epochs of one recording.

    Parameters
    ----------
    epochs_path : str | Path
        Epochs that :func:`neuro.preprocess.eeg.run` wrote.
    outputs : Outputs
        Where everything goes; the figures' folder lies beside or below the manifest.
    dataset, recording_name : str
        Names, for the manifest.
    params : EEGPreprocess
        Contrasts and statistics.
    rng : numpy.random.Generator
        Random numbers; those of one contrast do not depend on other contrasts.

    Returns
    -------
    results : dict of str to Result
        By contrast.

    Raises
    ------
    ValueError
        If the epochs lack a condition, a channel or their history.
    """
    with mne.use_log_level("WARNING"):
        epochs = mne.read_epochs(epochs_path, preload=True, verbose="ERROR")
        history = read_history(epochs, epochs_path)
        quality = quality_of(history, list(epochs.info["bads"]))
        entropy = int(rng.integers(2**63))
        results = {
            name: evaluate(epochs, name, contrast, params.statistics, generator_for(name, entropy))
            for name, contrast in params.contrasts.items()
        }
        _write_arrays(outputs.erp, epochs, results, params, quality)
        _write_evoked(outputs.evoked, epochs, params)
        figures = _draw(epochs, results, params, quality, outputs)
        overlap = examined_overlap(epochs.events[:, 0], params, float(epochs.info["sfreq"]))
    about = manifest.Manifest(
        word="preprocess",
        dataset=dataset,
        recording=recording_name,
        title=f"Clean epochs and evoked responses of {recording_name}",
        question="Is the recording clean, and does it show the expected components?",
        key_numbers=key_numbers(results, params, quality),
        figures=figures,
        methods=paragraphs(history, params),
        citations=citations(history, params),
        warnings=warnings_of(results, params, history, quality, overlap),
        params=params.model_dump(mode="json"),
    )
    manifest.write(outputs.manifest, about)
    return results


def _draw(
    epochs: mne.BaseEpochs,
    results: Mapping[str, Result],
    params: "EEGPreprocess",
    quality: Quality,
    outputs: Outputs,
) -> list[manifest.Figure]:
    """Draw all figures into their folder."""
    folder = Path(os.path.relpath(outputs.figures, Path(outputs.manifest).parent)).as_posix()
    described = []
    with style(), atomic(outputs.figures) as temporary:
        temporary.mkdir()
        for name, result in results.items():
            contrast = params.contrasts[name]
            picture = contrast_picture(epochs, contrast, result)
            save_svg(contrast_figure(picture), temporary / f"erp_{name}.svg")
            confidence = params.statistics.confidence
            path = f"{folder}/erp_{name}.svg"
            described.append(contrast_texts(contrast, result, confidence, path))
        rows = condition_pictures(epochs)
        info = mapped_info(epochs)
        unit = f"µ{unit_of(epochs.info)}"
        save_svg(
            conditions_figure(rows, epochs.times, info, MOST_MAPS, unit),
            temporary / "conditions.svg",
        )
        described.append(condition_texts(rows, f"{folder}/conditions.svg"))
        save_svg(quality_figure(quality_picture(epochs, quality)), temporary / "quality.svg")
    return [*described, quality_texts(quality, f"{folder}/quality.svg")]


def _write_evoked(path: Path, epochs: mne.BaseEpochs, params: "EEGPreprocess") -> None:
    """Write the mean of each condition, then the difference of each contrast."""
    codes, code_of = epochs.events[:, 2], epochs.event_id

    def average(conditions: list[str], comment: str) -> mne.Evoked:
        chosen = np.flatnonzero(np.isin(codes, [code_of[name] for name in conditions]))
        evoked = epochs[chosen].average(picks="all")
        evoked.comment = comment
        return evoked

    evokeds = [average([name], name) for name in code_of]
    for name, contrast in params.contrasts.items():
        pair = [average(side, name) for side in (contrast.first, contrast.second)]
        difference = mne.combine_evoked(pair, weights=[1, -1])
        difference.comment = name
        evokeds.append(difference)
    with atomic(path) as temporary:
        mne.write_evokeds(temporary, evokeds, verbose="ERROR")


def _write_arrays(
    path: Path,
    epochs: mne.BaseEpochs,
    results: Mapping[str, Result],
    params: "EEGPreprocess",
    quality: Quality,
) -> None:
    confidence, unit = params.statistics.confidence, unit_of(epochs.info)
    arrays = {
        "times": Array(epochs.times, WAVE, "s"),
        "ch_names": Array(epochs.ch_names, ("channel",)),
        "quality/n_kept": Array(sum(quality.kept.values()), ()),
        "quality/n_events": Array(sum(quality.events.values()), ()),
        "quality/n_bad_channels": Array(len(quality.bads), ()),
    }
    for name in epochs.event_id:
        (data,) = trials(epochs, [name])
        attrs = {"n_trials": len(data), "band": "t, across trials", "confidence": confidence}
        band = mean_band(data, confidence)
        arrays |= _band(f"conditions/{name}", band, WAVES, attrs, unit)
        power = field_power(epochs, band.mean)
        arrays[f"conditions/{name}/global_field_power"] = Array(power, WAVE, unit, attrs)
    for name, result in results.items():
        arrays |= _contrast(f"contrasts/{name}", result, confidence)
    hdf5.write(path, arrays, params.model_dump(mode="json"))


def _contrast(prefix: str, result: Result, confidence: float) -> dict[str, Array]:
    welch = {"band": "Welch, across trials", "confidence": confidence}
    student = {"band": "t, across trials", "confidence": confidence}
    boot = {"interval": "bootstrap of trials", "confidence": confidence}
    counts = {"n_first": result.n_first, "n_second": result.n_second}
    clusters, found = result.clusters, result.component
    per_cluster = ("cluster",)
    arrays = {
        **_band(f"{prefix}/channels", result.channels, WAVES, {**welch, **counts}),
        **_band(f"{prefix}/roi_first", result.first, WAVE, student),
        **_band(f"{prefix}/roi_second", result.second, WAVE, student),
        **_band(f"{prefix}/roi_difference", result.difference, WAVE, {**welch, **counts}),
        f"{prefix}/roi": Array(result.roi, ("channel",)),
        f"{prefix}/test_times": Array(clusters.times, ("test_time",), "s"),
        f"{prefix}/t": Array(clusters.t, ("test_time",), "1", {"threshold": clusters.threshold}),
        f"{prefix}/cluster_start": Array(clusters.start, per_cluster, "s"),
        f"{prefix}/cluster_stop": Array(clusters.stop, per_cluster, "s"),
        f"{prefix}/cluster_mass": Array(clusters.mass, per_cluster),
        f"{prefix}/cluster_p": Array(clusters.p, per_cluster),
        f"{prefix}/p": Array(result.p, ()),
        f"{prefix}/sme_first": Array(result.sme_first, (), "V"),
        f"{prefix}/sme_second": Array(result.sme_second, (), "V"),
    }
    estimates = {
        "peak_amplitude": (found.amplitude, "V"),
        "peak_latency": (found.latency, "s"),
        "mean_amplitude": (found.mean, "V"),
        "area_latency": (found.area_latency, "s"),
    }
    for key, (estimate, unit) in estimates.items():
        arrays[f"{prefix}/{key}"] = _estimate(estimate, unit, boot)
    return arrays


def _estimate(estimate: Estimate, unit: str, attrs: Mapping[str, Any]) -> Array:
    values = [estimate.value, estimate.low, estimate.high]
    return Array(values, ("value_low_high",), unit, attrs)


def _band(
    prefix: str, band: Band, axes: tuple[str, ...], attrs: Mapping[str, Any], unit: str = "V"
) -> dict[str, Array]:
    return {
        f"{prefix}/{key}": Array(getattr(band, key), axes, unit, attrs)
        for key in ("mean", "low", "high")
    }
