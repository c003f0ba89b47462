"""What can be known to fail before the long work on an MEG recording."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import mne
import numpy as np

from neuro.preprocess.header import Header
from neuro.preprocess.meg.channels import NAMES, UNITS, by_kind
from neuro.preprocess.names import listed
from neuro.preprocess.steps.checks import CHECKS as SHARED

if TYPE_CHECKING:
    from neuro.config.meg_steps import MEGICA, MEGBadSegments, MEGStep

SPREAD = {"mag": (1e-15, 1e-8), "grad": (1e-14, 1e-6)}
"""Plausible standard deviation of the median channel, T and T/m."""
FEWEST = 20
"""Fewer MEG channels do not tell sources apart."""


def check_header(raw: mne.io.BaseRaw, chain: "Sequence[MEGStep]", where: str) -> None:
    """Walk the chain over the header, and ask for what the sources need.

    Parameters
    ----------
    raw : mne.io.BaseRaw
        The recording, not loaded.
    chain : sequence of MEGStep
        What shall be done.
    where : str
        The file, for messages.

    Raises
    ------
    ValueError
        At the first thing that cannot work; names the file and the key.
    """
    header = Header.of(raw)
    for i, step in enumerate(chain):
        key = f"{where}: preprocess.chain[{i}].{step.method}"
        header = CHECKS[step.method](header, step.params, key)
    if len(header.meg) < FEWEST:
        raise ValueError(
            f"{where}: {len(header.meg)} MEG channels are too few to tell sources apart; at least "
            f"{FEWEST} are needed"
        )


def check_samples(raw: mne.io.BaseRaw, where: str) -> None:
    """Check the samples of the MEG channels, once they are loaded.

    Parameters
    ----------
    raw : mne.io.BaseRaw
        The loaded recording.
    where : str
        The file, for messages.

    Raises
    ------
    ValueError
        If a good channel holds NaN or infinite values, if all channels of a type are flat, or if
        their spread is not that of MEG in tesla.
    """
    for kind, picks in by_kind(raw.info):
        # One channel at a time: a copy of all would double the memory.
        spread = np.array([np.std(raw.get_data(picks=[pick])) for pick in picks])
        broken = [
            raw.ch_names[i] for i, sd in zip(picks, spread, strict=True) if not np.isfinite(sd)
        ]
        if broken:
            raise ValueError(
                f"{where}: NaN or infinite values in channel(s) {listed(broken)}. Repair the file, "
                "mark them as bad in channels.tsv, or leave the recording out with "
                "`recordings.exclude`"
            )
        alive = spread[spread > 0]
        if not alive.size:
            raise ValueError(f"{where}: all {len(picks)} {NAMES[kind]} are flat; nothing recorded")
        low, high = SPREAD[kind]
        if not low <= np.median(alive) <= high:
            unit, factor = UNITS[kind]
            raise ValueError(
                f"{where}: the median of {len(picks)} {NAMES[kind]} has a standard deviation of "
                f"{np.median(alive) * factor:.3g} {unit}, outside of {low * factor:g} to "
                f"{high * factor:g} {unit}: the unit is wrong. MEG is stored in T and T/m; correct "
                "the file's header"
            )


def _nothing(header: Header, params: Any, where: str) -> Header:
    return header


def _bad_segments(header: Header, params: "MEGBadSegments", where: str) -> Header:
    if params.length > header.duration:
        raise ValueError(
            f"{where}.length: windows of {params.length:g} s do not fit into a recording of "
            f"{header.duration:.1f} s"
        )
    return header


def _ica(header: Header, params: "MEGICA", where: str) -> Header:
    if isinstance(params.n_components, int) and params.n_components > len(header.meg):
        raise ValueError(
            f"{where}.n_components: {params.n_components} components of {len(header.meg)} MEG "
            "channels; there are at most as many as channels"
        )
    if params.l_freq >= header.sfreq / 2:
        raise ValueError(
            f"{where}.l_freq: must be below the Nyquist frequency {header.sfreq / 2:g} Hz, got "
            f"{params.l_freq:g} Hz"
        )
    return header


CHECKS: dict[str, Callable[[Header, Any, str], Header]] = {
    "maxwell": _nothing,
    "projections": _nothing,
    "filter": SHARED["filter"],
    "line_noise": SHARED["line_noise"],
    "resample": SHARED["resample"],
    "bad_channels": _nothing,
    "bad_segments": _bad_segments,
    "ica": _ica,
    "interpolate": _nothing,
    "mne": SHARED["mne"],
}
