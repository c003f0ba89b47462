"""Overview figures of a dataset: difference waves of all its recordings."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neuro.io.atomic import atomic
from neuro.io.manifest import Figure
from neuro.preprocess import group
from neuro.preprocess.findings import ALPHA
from neuro.preprocess.group import Group
from neuro.preprocess.methods import ms
from neuro.preprocess.recorded import Recorded
from neuro.stats.intervals import mean_band
from neuro.viz.erp import Wave
from neuro.viz.overview import RecordingWave, is_image, overview_figure
from neuro.viz.style import save_svg, style


def draw(
    recordings: Sequence[Recorded],
    groups: Mapping[str, Group],
    figures_path: str | Path,
    manifest_path: str | Path,
) -> list[Figure]:
    """Draw an overview for each contrast, and the group where there is one.

    Parameters
    ----------
    recordings : sequence of Recorded
        All recordings, in the order in which they are shown.
    groups : mapping of str to Group
        Contrasts that were tested over subjects.
    figures_path : str | Path
        Folder of the figures.
    manifest_path : str | Path
        The manifest that names them.

    Returns
    -------
    figures : list of Figure
        For the manifest.
    """
    folder = Path(os.path.relpath(figures_path, Path(manifest_path).parent)).as_posix()
    figures = []
    with style(), atomic(figures_path) as temporary:
        temporary.mkdir()
        for name, contrast in recordings[0].contrasts.items():
            waves = [_wave(recorded, name) for recorded in recordings]
            window = (contrast["window"][0], contrast["window"][1])
            mean = _mean(waves, recordings[0].confidence)
            save_svg(overview_figure(waves, window, mean), temporary / f"overview_{name}.svg")
            figures.append(_texts(waves, contrast, name, f"{folder}/overview_{name}.svg"))
            if name in groups:
                picture = group.picture(groups[name], contrast, recordings[0].confidence)
                save_svg(picture, temporary / f"group_{name}.svg")
                figures.append(group.texts(groups[name], contrast, f"{folder}/group_{name}.svg"))
    return figures


def _wave(recorded: Recorded, name: str) -> RecordingWave:
    prefix = f"contrasts/{name}"
    band = [recorded.array(f"{prefix}/roi_difference/{key}") for key in ("mean", "low", "high")]
    spans = [recorded.array(f"{prefix}/cluster_{key}") for key in ("start", "stop", "p")]
    return RecordingWave(
        name=recorded.name,
        times=recorded.array("times"),
        wave=Wave(recorded.name, *band),
        clusters=[
            (float(start), float(stop)) for start, stop, p in zip(*spans, strict=True) if p <= ALPHA
        ],
        latency=float(recorded.array(f"{prefix}/peak_latency")[0]),
        amplitude=float(recorded.array(f"{prefix}/peak_amplitude")[0]),
    )


def _mean(waves: Sequence[RecordingWave], confidence: float) -> Wave | None:
    """Mean wave over recordings with its band, at the first one's times."""
    if len(waves) < 2:
        return None
    rows = np.array([np.interp(waves[0].times, w.times, w.wave.mean) for w in waves])
    band = mean_band(rows, confidence)
    label = f"Mean of {len(waves)} recordings, {100 * confidence:g}% confidence band"
    return Wave(label, band.mean, band.low, band.high)


def _texts(
    waves: Sequence[RecordingWave], contrast: Mapping[str, Any], name: str, path: str
) -> Figure:
    window = f"{ms(contrast['window'][0])} to {ms(contrast['window'][1])} ms"
    peaks = [wave.amplitude * 1e6 for wave in waves]
    lowest, highest = (f"{edge:.1f}".replace("-", "−") for edge in (min(peaks), max(peaks)))
    if is_image(waves):
        what = (
            "Above: mean over recordings with its pointwise confidence band. Below: a row for "
            "each recording; dots: peaks within the window."
        )
    else:
        what = (
            "Bands: pointwise confidence intervals across trials; dots: peaks within the window; "
            f"bars: clusters with p ≤ {ALPHA:g}."
        )
    return Figure(
        path=path,
        title=f"{contrast['component']}: difference waves of all recordings",
        caption=(
            f"Contrast {name}, mean over the region, of {len(waves)} recording"
            f"{'s' if len(waves) > 1 else ''}. Shaded: the window {window}. {what}"
        ),
        alt=(
            f"Difference waves of {len(waves)} recording{'s' if len(waves) > 1 else ''}; peaks "
            f"between {lowest} and {highest} µV."
        ),
    )
