"""From sorted spikes to counts in bins, covariates, blocks and the units' quality.

The output file tells its own story: its parameters hold, as JSON, every step with what it found.
"""

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neuro import __version__
from neuro.io import hdf5
from neuro.io.bids import Recording
from neuro.io.hdf5 import Array
from neuro.io.nwb import Intervals
from neuro.preprocess.spikes.checks import check_intervals, check_outside, check_spikes
from neuro.preprocess.spikes.covariates import Binned, bring_to_bins
from neuro.preprocess.spikes.grid import (
    NONE,
    Grid,
    Ints,
    count_spikes,
    cut_blocks,
    make_grid,
    number_within,
)
from neuro.preprocess.spikes.quality import ISI_EDGES, Quality, judge
from neuro.preprocess.spikes.reading import (
    check_header,
    epoch_table,
    open_recording,
    regions_of,
)
from neuro.preprocess.spikes.source import SpikeRecording, UnitTable

if TYPE_CHECKING:
    from neuro.config.spikes import SpikesBinning

BIN, UNIT = ("bin",), ("unit",)
ROUNDED = 3
"""Decimals of durations in the history."""


def run(
    output: str | Path,
    *,
    root: str | Path,
    recording: Recording,
    params: "SpikesBinning",
) -> dict[str, Any]:
    """Bin the spikes of one recording.

    Parameters
    ----------
    output : str | Path
        The product, a name that ends in `_spikes.h5`.
    root : str | Path
        The dataset's tree.
    recording : Recording
        Which recording of it.
    params : SpikesBinning
        Units, epochs, bins, covariates and blocks.

    Returns
    -------
    story : dict
        `history`, a list of `method` and `found` of each step, and `warnings`.

    Raises
    ------
    ValueError, OSError
        If the recording is bad or does not fit the parameters; nothing is written then.
    """
    with open_recording(Path(root) / recording.path) as opened:
        check_header(opened, params)
        units = opened.units()
        where = opened.path
        warnings = [
            *units.notes,
            *check_spikes(units, without_spikes=params.units.without_spikes, where=where),
        ]
        epochs, told = _epochs(opened, units, params)
        grid = make_grid(epochs, params.bin_width, str(where))
        warnings += [*told, *_short(epochs, grid)]
        block = cut_blocks(grid, epochs.label, params.blocks.n, params.blocks.gap, str(where))
        covariates = {
            name: bring_to_bins(opened, name, each, grid)
            for name, each in params.covariates.items()
        }
        warnings += [_missing(n, c) for n, c in covariates.items() if np.isnan(c.values).any()]
        trials = None if params.trials is None else _trials(opened, params.trials)
    quality = judge(units, epochs, params.units)
    if not quality.kept.any():
        reasons = sorted({*quality.reasons})
        raise ValueError(f"{where}: no unit is kept: {reasons}; loosen preprocess.units")
    arrays = {
        **_counts(units, grid, block),
        **_units(units, regions_of(units, params.units), quality),
        **_intervals("epochs", epochs),
        **_covariates(covariates),
    }
    if trials is not None:
        number = number_within(trials, grid)
        arrays |= {**_intervals("trials", trials), "trial": Array(number.astype(np.int32), BIN)}
    story = _story(where, units, epochs, grid, block, covariates, quality, warnings)
    hdf5.write(output, arrays, {"binning": params.model_dump(mode="json"), **story})
    return story


def _epochs(
    opened: SpikeRecording, units: UnitTable, params: "SpikesBinning"
) -> tuple[Intervals, list[str]]:
    """Epochs in use, in order of time, and what is to be said of them."""
    table = epoch_table(opened, params)
    if table is None and units.support is not None:
        check_intervals(units.support, "recording", opened.path)
        return units.support, []
    if table is None:
        stop = max(float(times[-1]) for times in units.times if len(times))
        # One more microsecond: the last spike is in.
        return Intervals(np.zeros(1), np.array([stop + 1e-6]), ["recording"]), []
    every = opened.intervals(table, params.epochs.label)
    check_intervals(every, table, opened.path)
    told = check_outside(units, every, table, outside=params.epochs.outside, where=opened.path)
    used = params.epochs.use
    order = [
        int(i)
        for i in np.argsort(every.start, kind="stable")
        if used is None or every.label[i] in used
    ]
    chosen = Intervals(every.start[order], every.stop[order], [every.label[i] for i in order])
    return chosen, told


def _trials(opened: SpikeRecording, table: str) -> Intervals:
    trials = opened.intervals(table)
    check_intervals(trials, table, opened.path)
    return trials


def _short(epochs: Intervals, grid: Grid) -> list[str]:
    n = len(epochs.start) - len(np.unique(grid.epoch))
    return [f"{n} epoch(s) shorter than a bin of {grid.width:g} s were left out."] if n else []


def _missing(name: str, binned: Binned) -> str:
    return (
        f"The covariate {name!r} was recorded from {binned.start:.1f} to {binned.stop:.1f} s: "
        f"{100 * binned.missing:.1f}% of the bins have none."
    )


def _counts(units: UnitTable, grid: Grid, block: Ints) -> dict[str, Array]:
    width = {"bin_width": grid.width}
    return {
        "counts": Array(count_spikes(units.times, grid), (*UNIT, *BIN), "1", width),
        "times": Array(grid.centers, BIN, "s", width),
        "epoch": Array(grid.epoch.astype(np.int32), BIN),
        "block": Array(block.astype(np.int32), BIN, "1", {"none": NONE}),
    }


def _units(units: UnitTable, regions: list[str], quality: Quality) -> dict[str, Array]:
    arrays = {
        "name": Array(np.array(units.ids, str), UNIT),
        "region": Array(np.array(regions, str), UNIT),
        "n_spikes": Array(quality.n_spikes, UNIT),
        "rate": Array(quality.rate, UNIT, "Hz"),
        "isi_violations": Array(quality.isi_violations, UNIT),
        "presence_ratio": Array(quality.presence_ratio, UNIT),
        "kept": Array(quality.kept, UNIT),
        "reason": Array(np.array(quality.reasons, str), UNIT),
        "window_counts": Array(quality.window_counts, (*UNIT, "window")),
        "isi_counts": Array(quality.isi_counts, (*UNIT, "interval")),
        "isi_edges": Array(ISI_EDGES, ("edge",), "s"),
        "windows": Array(
            np.stack([quality.windows.start, quality.windows.stop], axis=1),
            ("window", "start_stop"),
            "s",
        ),
    }
    if "type" in units.columns:
        arrays["type"] = Array(np.array(units.columns["type"], str), UNIT)
    return {f"units/{key}": array for key, array in arrays.items()}


def _intervals(name: str, intervals: Intervals) -> dict[str, Array]:
    axes = (name.removesuffix("s"),)
    return {
        f"{name}/start": Array(intervals.start, axes, "s"),
        f"{name}/stop": Array(intervals.stop, axes, "s"),
        f"{name}/label": Array(np.array(intervals.label, str), axes),
    }


def _covariates(covariates: dict[str, Binned]) -> dict[str, Array]:
    return {
        f"covariates/{name}": Array(each.values, BIN, each.unit or "1", {"kind": each.kind})
        for name, each in covariates.items()
    }


def _story(
    where: Path,
    units: UnitTable,
    epochs: Intervals,
    grid: Grid,
    block: Ints,
    covariates: dict[str, Binned],
    quality: Quality,
    warnings: list[str],
) -> dict[str, Any]:
    """What was done and found, for methods and figures."""
    reasons = [reason for reason in quality.reasons if reason]
    duration = float(np.sum(epochs.stop - epochs.start))
    steps = {
        "read": {"file": where.name, "n_units": len(units.ids), "n_spikes": units.n_spikes},
        "epochs": {
            "n": len(epochs.start),
            "labels": list(dict.fromkeys(epochs.label)),
            "duration_s": round(duration, ROUNDED),
        },
        "units": {
            "kept": int(quality.kept.sum()),
            "left_out": {reason: reasons.count(reason) for reason in sorted({*reasons})},
        },
        "bins": {"n": len(grid.start), "in_blocks": int((block != NONE).sum())},
        "covariates": {name: {"missing": c.missing} for name, c in covariates.items()},
    }
    libraries = ("numpy", "scipy", "pynwb", "h5py")
    return {
        "history": [{"method": method, "found": found} for method, found in steps.items()],
        "warnings": warnings,
        "versions": {"neuro": __version__, **{name: version(name) for name in libraries}},
    }
