"""Brain states over time: how probable each is, and which one the model says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from neuro.io import hdf5
from neuro.report import gather, view
from neuro.report.views.pack import MOST_BYTES, to_json, whole

FILE = "states.h5"


def views(word: gather.Word, there: Callable[[Path], bool]) -> list[view.View]:
    """The raster of states, of a dataset whose states were fitted.

    Parameters
    ----------
    word : Word
        The states of a dataset; the fit lies beside its manifest.
    there : callable
        Whether a file is there to be read.

    Returns
    -------
    views : list of View
        One for all recordings, or none.
    """
    if word.name != "states" or word.whole is None:
        return []
    path = word.whole.path.with_name(FILE)
    if not there(path):
        return []
    arrays = hdf5.read(path)
    names = [key.removesuffix("/path") for key in arrays if key.endswith("/path")]
    recordings: list[dict[str, Any]] = []
    size = 0
    for name in names:
        if size < MOST_BYTES:
            recordings.append(_recording(name, arrays))
            size += len(to_json(recordings[-1]))
    if not recordings:
        return []
    caption = (
        "The darker, the more probable. The strip below shows the whole recording in the colors "
        "of the most likely path; drag or use the slider to move the window, and point at the "
        "raster to read it."
    )
    if len(recordings) < len(names):
        caption += f" Shown are the first {len(recordings)} of {len(names)} recordings."
    data = to_json({"recordings": recordings})
    return [view.View("states", f"view.{word.name}.raster", "States over time", caption, data)]


def _recording(name: str, arrays: dict[str, hdf5.Array]) -> dict[str, Any]:
    path = np.asarray(arrays[f"{name}/path"].values, dtype=int)
    probability = np.asarray(arrays[f"{name}/probability"].values, dtype=float)
    times = np.asarray(arrays[f"{name}/times"].values, dtype=float)
    changes = np.flatnonzero(np.diff(path)) + 1
    starts = np.concatenate([[0], changes]).astype(int)
    return {
        "name": name,
        "n_states": int(probability.shape[1]),
        "n_bins": len(path),
        "start": float(times[0]),
        "step": float(np.median(np.diff(times))) if len(times) > 1 else 1.0,
        "starts": starts.tolist(),
        "path": path[starts].tolist(),
        "probability": whole(probability.T, 1.0, "u1"),
    }
