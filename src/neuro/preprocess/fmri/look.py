"""A look at an fMRI recording: headers, sidecars and tables, but no voxels."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neuro.io.bids import Recording
from neuro.preprocess.fmri.checks import check_space
from neuro.preprocess.fmri.events import label_volumes
from neuro.preprocess.fmri.reading import Source, open_recording
from neuro.preprocess.glance import Glance

if TYPE_CHECKING:
    from neuro.config.dataset import FMRIDataset

PACKAGES = 0.45e9
"""Bytes of a job that has only imported its packages."""
MASKED = 0.45
"""Share of a volume that a brain fills at most."""
COMPRESSED = 0.9
"""Share of their size that float32 signals keep when they are compressed."""


def look(root: Path, recording: Recording, section: "FMRIDataset") -> Glance:
    """Look at a recording with the checks that its jobs would begin with.

    Parameters
    ----------
    root : Path
        The BIDS tree.
    recording : Recording
        Which recording of it.
    section : FMRIDataset
        What shall be done with it.

    Returns
    -------
    seen : Glance
        What is there, and what is wrong with it.
    """
    seen = Glance()
    params = section.preprocess
    try:
        source = open_recording(root, recording, params, section.events)
        if params.parcels is not None and source.volumes is not None:
            normalized = any(step.normalize is not None for step in params.chain)
            space = "MNI" if normalized else source.space
            check_space(params.parcels.space, space, str(source.path))
    except (ValueError, OSError) as error:
        seen.problems.append(str(error))
        return seen
    seen.warnings += source.notes
    seen.n_bytes = float(source.path.stat().st_size)
    seen.facts = {
        "volumes": source.n_times,
        "repetition time": f"{source.tr:g} s",
        "duration, s": round(source.n_times * source.tr, 1),
    }
    if section.events and source.events_path is not None:
        delay = params.condition_delay
        _, told = label_volumes(
            source.events_path, section.events, source.n_times, source.tr, delay
        )
        seen.facts |= {f"volumes of {name}": n for name, n in told["volumes"].items()}
    _size(source, seen)
    return seen


def _size(source: Source, seen: Glance) -> None:
    """Sizes, for memory and disk: a matrix of the masked run, and once more that much."""
    if source.volumes is None:
        seen.facts["parcels"] = len(source.names)
        size = 8.0 * source.n_times * len(source.names)
    else:
        seen.facts["voxels"] = " × ".join(str(n) for n in source.volumes.shape)
        size = 4.0 * source.n_times * float(np.prod(source.volumes.shape)) * MASKED
    seen.memory = {"clean_fmri": PACKAGES + 2 * size, "parcellate_fmri": PACKAGES + 2 * size}
    seen.results = COMPRESSED * size
