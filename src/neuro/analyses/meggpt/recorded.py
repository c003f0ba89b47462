"""Generated sessions on disk: tokens written as they are drawn, so that length costs no memory."""

import json
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from neuro.io.atomic import atomic

CHUNK = 500
"""Samples that are written at a time."""


def write_stream(
    path: str | Path,
    stream: Iterable[NDArray[np.uint16]],
    n_times: int,
    params: Mapping[str, Any],
) -> None:
    """Write tokens as they come, whole or not at all.

    Parameters
    ----------
    path : str | Path
        The HDF5 file.
    stream : iterable of ndarray, shape (n_sessions, n_channels)
        Tokens of one sample after another, as :meth:`Generator.stream` draws them.
    n_times : int
        Samples to write.
    params : mapping
        Parameters behind them, kept as JSON in the attribute `params`.

    Raises
    ------
    ValueError
        If the stream ends before.
    """
    samples = iter(stream)
    with atomic(path) as temporary, h5py.File(temporary, "w", track_order=False) as file:
        file.attrs["params"] = json.dumps(dict(params), sort_keys=True)
        dataset, written = None, 0
        while written < n_times:
            drawn = list(islice(samples, min(CHUNK, n_times - written)))
            if not drawn:
                raise ValueError(f"{path}: the stream ended after {written} of {n_times} samples")
            block = np.stack(drawn, axis=-1)
            if dataset is None:
                shape = (*block.shape[:2], n_times)
                chunks = (1, *block.shape[1:])
                dataset = file.create_dataset(
                    "tokens", shape, np.uint16, chunks=chunks, compression="gzip", shuffle=True,
                    track_times=False,
                )  # fmt: skip
                dataset.attrs["axes"] = json.dumps(["session", "channel", "time"])
                dataset.attrs["unit"] = "1"
            dataset[..., written : written + len(drawn)] = block
            written += len(drawn)
