"""A look at a recording of spikes before anything runs: its header, but no spike times."""

from pathlib import Path
from typing import TYPE_CHECKING

from neuro.io.bids import Recording
from neuro.preprocess.glance import Glance

if TYPE_CHECKING:
    from neuro.config.dataset import SpikesDataset

LIBRARIES = 250e6
"""What Python and its libraries take of memory, bytes."""
PER_SPIKE = 40.0
"""Bytes of memory for each spike: its time, and what sorting and histograms make of it."""


def look(root: Path, recording: Recording, section: "SpikesDataset") -> Glance:
    """Look at a recording with the checks that its job begins with.

    Parameters
    ----------
    root : Path
        The dataset's tree.
    recording : Recording
        Which recording of it.
    section : SpikesDataset
        What shall be done with it.

    Returns
    -------
    seen : Glance
        What is there, and what is wrong with it.
    """
    from neuro.preprocess.spikes.reading import check_header, epoch_table, open_recording

    seen = Glance()
    params = section.preprocess.binning
    path = root / recording.path
    try:
        with open_recording(path) as opened:
            units = check_header(opened, params)
            table = epoch_table(opened, params)
            epochs = None if table is None else opened.intervals(table, params.epochs.label)
    except (ValueError, OSError) as error:
        seen.problems.append(str(error))
        return seen
    seen.warnings += units.notes
    files = path.rglob("*") if path.is_dir() else [path]
    seen.n_bytes = float(sum(each.stat().st_size for each in files if each.is_file()))
    seen.facts = {"units": len(units.ids), "spikes": units.n_spikes}
    n_bins = 0.0
    if epochs is not None:
        used = [
            stop - start
            for start, stop, label in zip(epochs.start, epochs.stop, epochs.label, strict=True)
            if params.epochs.use is None or label in params.epochs.use
        ]
        seen.facts |= {"epochs": len(used), "duration, s": round(float(sum(used)), 1)}
        n_bins = float(sum(used)) / params.bin_width
        if n_bins and params.bin_width > max(used):
            seen.problems.append(
                f"{path}: bin_width is {params.bin_width:g} s, but the longest epoch lasts "
                f"{max(used):g} s; bins must be shorter"
            )
    counted = n_bins * len(units.ids)
    seen.memory = {
        "bin_spikes": LIBRARIES + PER_SPIKE * units.n_spikes + 8 * counted,
        # Strength at every shift, of every unit and covariate.
        "profile_spikes": LIBRARIES + 36 * counted,
    }
    seen.results = 2 * counted + 2e6
    return seen
