"""Evoked responses: every channel over time, and the map of the head at any moment."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuro.io import hdf5
from neuro.report import gather, view
from neuro.report.views.pack import MOST_BYTES, to_json, whole

ENDING = "_erp.h5"
MOST_TIMES = 160
"""Samples kept of a response; longer ones are thinned."""


def views(word: gather.Word, there: Callable[[Path], bool]) -> list[view.View]:
    """The scrubber, of preprocessing with evoked responses.

    Parameters
    ----------
    word : Word
        Preprocessing of a dataset; responses lie beside its recordings' manifests.
    there : callable
        Whether a file is there to be read.

    Returns
    -------
    views : list of View
        One for all recordings, or none.
    """
    if word.name != "preprocess":
        return []
    recordings: list[dict[str, Any]] = []
    size = 0
    for source in word.recordings:
        prefix = source.path.name.removesuffix(gather.OWN)
        path, evoked = (source.path.with_name(prefix + end) for end in (ENDING, "_ave.fif"))
        if size < MOST_BYTES and there(path):
            name = source.manifest.recording
            recordings.append(_recording(name, path, evoked if there(evoked) else None))
            size += len(to_json(recordings[-1]))
    if not recordings:
        return []
    caption = (
        "Every line is a channel, and the map shows all of them at the chosen moment. Move along "
        "the lines, or use the slider and the arrow keys."
    )
    if len(recordings) < len(word.recordings):
        caption += f" Shown are {len(recordings)} of {len(word.recordings)} recordings."
    data = to_json({"recordings": recordings})
    return [view.View("erp", f"view.{word.name}.erp", "Evoked responses over time", caption, data)]


def _recording(name: str, path: Path, evoked: Path | None) -> dict[str, Any]:
    arrays = hdf5.read(path)
    times = np.asarray(arrays["times"].values, dtype=float)
    step = math.ceil(len(times) / MOST_TIMES)
    channels = [str(name) for name in arrays["ch_names"].values]
    # What was asked for comes first: a contrast says more than the conditions.
    series = [
        (key.split("/")[1], 1e6 * np.asarray(array.values, dtype=float)[:, ::step])
        for kind, ending in (("contrasts", "/channels/mean"), ("conditions", "/mean"))
        for key, array in arrays.items()
        if key.startswith(f"{kind}/") and key.endswith(ending)
    ]
    most = max((float(np.abs(values).max()) for _, values in series), default=0.0)
    return {
        "name": name,
        "channels": channels,
        "places": _places(evoked, channels),
        "times": [round(1000 * t, 2) for t in times[::step]],
        "unit": "µV",
        "most": most,
        "series": [{"name": key, "values": whole(values, most)} for key, values in series],
        "marked": sorted(
            {str(c) for key, a in arrays.items() if key.endswith("/roi") for c in a.values}
        ),
    }


def _places(evoked: Path | None, channels: list[str]) -> list[list[float]] | None:
    """Places on a disk seen from above, nose up, radius 1 at the equator; None if unknown."""
    if evoked is None:
        return None
    import mne

    info = mne.io.read_info(evoked, verbose="error")
    known = {c["ch_name"]: c["loc"][:3] for c in info["chs"]}
    places = np.array([known.get(name, np.full(3, np.nan)) for name in channels], dtype=float)
    if not np.isfinite(places).all() or not places.any():
        return None
    return [[round(float(v), 4) for v in place] for place in flatten(places)]


def flatten(places: NDArray[np.floating]) -> NDArray[np.floating]:
    """Azimuthal equidistant projection of places on the head.

    Parameters
    ----------
    places : ndarray, shape (n_channels, 3)
        Head coordinates: x to the right ear, y to the nose, z up.

    Returns
    -------
    flat : ndarray, shape (n_channels, 2)
        x to the right, y to the nose; the top of the head is the origin, a quarter of a great
        circle has length 1.
    """
    x, y, z = places.T
    angle = np.arctan2(np.hypot(x, y), z) / (np.pi / 2)
    around = np.arctan2(y, x)
    return np.column_stack([angle * np.cos(around), angle * np.sin(around)])
