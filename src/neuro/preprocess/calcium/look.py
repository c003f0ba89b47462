"""A look at one recording for `neuro check`: its header, held against the chain."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuro.io.bids import Recording
from neuro.preprocess.glance import Glance

if TYPE_CHECKING:
    from neuro.config.dataset import CalciumDataset

COPIES = 9
"""Arrays of float64 of the traces' size that cleaning holds at most, and its libraries' own."""
LIBRARIES = 250e6
STORED = 5
"""Arrays of float32 of the traces' size in the product."""


def look(root: Path, recording: Recording, section: "CalciumDataset") -> Glance:
    """Look at a recording with the checks that its job would begin with.

    Parameters
    ----------
    root : Path
        The dataset's tree.
    recording : Recording
        Which recording of it.
    section : CalciumDataset
        What shall be done with it.

    Returns
    -------
    seen : Glance
        What is there, and what is wrong with it.
    """
    from neuro.preprocess.calcium.chain import check_chain
    from neuro.preprocess.calcium.reading import open_traces

    seen = Glance()
    params = section.preprocess.cleaning
    try:
        opened = open_traces(root, recording, params.read)
    except (ValueError, OSError) as error:
        seen.problems.append(str(error))
        return seen
    seen.n_bytes = float(sum(file.stat().st_size for file in _files(root / recording.path)))
    seen.facts = _told(opened.facts)
    seen.warnings += [f"{opened.where}: {note}" for note in opened.notes]
    size = len(opened.names) * opened.n_frames
    # A file is read whole before its cells are chosen.
    read = 2 * opened.n_found * opened.n_frames
    seen.memory = {
        "clean_calcium": LIBRARIES + 8 * (COPIES * size + read),
        "describe_calcium": LIBRARIES + 8 * COPIES * size,
    }
    seen.results = 4.0 * STORED * size
    try:
        check_chain(opened, params.chain_for(opened.kind, neuropil=opened.has_neuropil))
    except ValueError as error:
        seen.problems.append(str(error))
    return seen


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (file for file in path.rglob("*.npy") if file.is_file())
    else:
        yield path


def _told(facts: dict[str, Any]) -> dict[str, float | str]:
    return {
        "format": str(facts["format"]),
        "traces": str(facts["kind"]),
        "neurons": float(facts["n_neurons"]),
        "regions": float(facts["n_found"]),
        "frame rate, Hz": float(facts["sfreq"]),
        "duration, s": float(facts["duration_s"]),
    }
