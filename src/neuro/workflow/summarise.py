"""A few lines on what a dataset holds, what it will take, and what it can feed."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from neuro.config import Dataset
from neuro.workflow.look import Look

JOB_MEMORY = 4e9
"""Bytes that the rule `clean_eeg` asks for."""
SPECTRA_MEMORY = 6e9
"""Bytes that the rule `spectra_eeg` asks for."""
COPIES, SPECTRA_COPIES = 4, 11
"""Of the samples, as 64-bit floats, that the two rules hold at most: measured on 128 channels."""
PACKAGES = 0.4e9
"""Bytes that Python and its libraries take."""


def summarise(heading: str, looks: Sequence[Look], section: Dataset) -> str:
    """Describe the recordings of a dataset that could be read.

    Parameters
    ----------
    heading : str
        The first words.
    looks : sequence of Look
        All recordings that are used.
    section : Dataset
        What shall be done with them.

    Returns
    -------
    summary : str
        Some lines.
    """
    seen = [one for one in looks if one.readable]
    n_subjects = len({one.recording.subject for one in looks})
    lines = [f"{heading}, {len(looks)} recording(s) of {n_subjects} subject(s)"]
    if len(seen) < len(looks):
        lines[0] += f", {len(looks) - len(seen)} not readable"
    if seen:
        lines.append(
            f"{_span([s.sfreq for s in seen])} Hz, {_span([s.n_eeg for s in seen])} EEG channels, "
            f"{_span([s.duration / 60 for s in seen])} min each, "
            f"{sum(s.duration for s in seen) / 60:.3g} min in all"
        )
        counted = [one for one in seen if one.counts]
        conditions = [
            f"{name} {_span([s.counts[name] for s in counted])}"
            for name in section.events
            if counted
        ]
        if conditions:
            lines.append(f"events per recording: {', '.join(conditions)}")
        lines.append(
            f"disk: {_size(sum(s.n_bytes for s in seen))} raw, about "
            f"{_size(sum(_results(s, section) for s in seen))} of results; memory: about "
            f"{_size(max(max(_memory(s, section).values()) for s in seen))} for the largest job"
        )
    lines.append(f"feeds: {', '.join(['preprocess', *section.analyses])}")
    return "\n  ".join(lines)


def uneven(looks: Sequence[Look], section: Dataset) -> list[str]:
    """Warn of recordings that differ where they are expected not to, and of what will not fit."""
    seen = [one for one in looks if one.readable]
    told = []
    for what, values in (
        ("sampling rates, Hz", {f"{one.sfreq:g}" for one in seen}),
        ("numbers of EEG channels", {str(one.n_eeg) for one in seen}),
    ):
        if len(values) > 1:
            told.append(
                f"recordings differ in their {what}: {', '.join(sorted(values, key=float))}"
            )
    for rule, asked in (("clean_eeg", JOB_MEMORY), ("spectra_eeg", SPECTRA_MEMORY)):
        needed = max((_memory(one, section).get(rule, 0.0) for one in seen), default=0.0)
        if needed > asked:
            told.append(
                f"the largest recording needs about {_size(needed)} of memory, more than the "
                f"{_size(asked)} of `{rule}`; run with "
                f"`--set-resources {rule}:mem_mb={int(needed / 1e6)}`"
            )
    free = shutil.disk_usage(Path()).free
    if (size := sum(_results(one, section) for one in seen)) > free:
        told.append(
            f"the results need about {_size(size)} of disk, but only {_size(free)} are free"
        )
    return told


def _memory(one: Look, section: Dataset) -> dict[str, float]:
    """Bytes that the jobs of one recording take at most, by rule."""
    jobs = {"clean_eeg": PACKAGES + COPIES * 8.0 * one.n_channels * one.n_times}
    if section.preprocess.spectra is not None:
        n_times = one.duration * _rate(one, section)
        jobs["spectra_eeg"] = PACKAGES + SPECTRA_COPIES * 8.0 * one.n_eeg * n_times
    return jobs


def _results(one: Look, section: Dataset) -> float:
    """Bytes of the epochs, and of the continuous recording where it is kept, as 32-bit floats."""
    epochs, rate = section.preprocess.epochs, _rate(one, section)
    n_times = sum(one.counts.values()) * ((epochs.tmax - epochs.tmin) * rate + 1)
    if section.preprocess.spectra is not None:
        n_times += one.duration * rate
    return 4.0 * one.n_eeg * n_times


def _rate(one: Look, section: Dataset) -> float:
    """Sampling rate after cleaning, Hz."""
    rates = [step.resample.sfreq for step in section.preprocess.chain if step.resample is not None]
    return rates[-1] if rates else one.sfreq


def _span(values: Sequence[float]) -> str:
    low, high = f"{min(values):.4g}", f"{max(values):.4g}"
    return low if low == high else f"{low} to {high}"


def _size(n_bytes: float) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{max(n_bytes / 1e6, 0.1):.3g} MB"
