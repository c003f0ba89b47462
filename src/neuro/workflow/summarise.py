"""A few lines on what a dataset holds, what it will take, and what it can feed."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from neuro.config import Dataset
from neuro.workflow.look import Look

MEMORY = {"clean_eeg": 4e9, "clean_resting_eeg": 4e9, "spectra_eeg": 6e9}
"""Bytes that rules ask for, where a recording may need more."""
ALIKE = ("sampling rate, Hz", "EEG channels")
"""Facts in which recordings of a dataset are expected not to differ."""
SUMMED = ("s", "min")
"""Units whose sum over recordings says something."""


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
        lines.append(f"each: {', '.join(_facts(seen))}")
        raw, results = (sum(getattr(s.glance, key) for s in seen) for key in ("n_bytes", "results"))
        line = f"disk: {_size(raw)} raw, about {_size(results)} of results"
        if memory := max((max(s.glance.memory.values(), default=0.0) for s in seen), default=0.0):
            line += f"; memory: about {_size(memory)} for the largest job"
        lines.append(line)
    lines.append(f"feeds: {', '.join(['preprocess', *section.analyses])}")
    return "\n  ".join(lines)


def uneven(looks: Sequence[Look]) -> list[str]:
    """Warn of recordings that differ where they are expected not to, and of what will not fit."""
    seen = [one.glance for one in looks if one.readable]
    told = []
    for what in ALIKE:
        values = {float(one.facts[what]) for one in seen if what in one.facts}
        if len(values) > 1:
            shown = ", ".join(f"{value:g}" for value in sorted(values))
            told.append(f"recordings differ in {what}: {shown}")
    for rule, asked in MEMORY.items():
        needed = max((one.memory.get(rule, 0.0) for one in seen), default=0.0)
        if needed > asked:
            told.append(
                f"the largest recording needs about {_size(needed)} of memory, more than the "
                f"{_size(asked)} of `{rule}`; run with "
                f"`--set-resources {rule}:mem_mb={int(needed / 1e6)}`"
            )
    free = shutil.disk_usage(Path()).free
    if (size := sum(one.results for one in seen)) > free:
        told.append(
            f"the results need about {_size(size)} of disk, but only {_size(free)} are free"
        )
    return told


def _facts(seen: Sequence[Look]) -> list[str]:
    """What recordings hold, fact by fact: `sampling rate 128 to 256 Hz`."""
    told = []
    for name in dict.fromkeys(name for one in seen for name in one.glance.facts):
        values = [one.glance.facts[name] for one in seen if name in one.glance.facts]
        what, _, unit = name.partition(", ")
        numbers = [float(value) for value in values if not isinstance(value, str)]
        words = sorted({value for value in values if isinstance(value, str)})
        text = " ".join([what, *([_span(numbers)] if numbers else []), *([unit] if unit else [])])
        text += f" {' or '.join(words)}" if words else ""
        if unit in SUMMED and len(numbers) > 1:
            text += f" ({sum(numbers):.4g} {unit} in all)"
        told.append(text)
    return told


def _span(values: Sequence[float]) -> str:
    low, high = f"{min(values):.4g}", f"{max(values):.4g}"
    return low if low == high else f"{low} to {high}"


def _size(n_bytes: float) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{max(n_bytes / 1e6, 0.1):.3g} MB"
