"""The recordings beside MNE's earliest tests: FIF files, events in a FIF file of their own."""

from pathlib import Path
from typing import Any

from neuro.datasets import tree
from neuro.datasets.meg import write_sidecars


def arrange(
    unpacked: Path,
    root: Path,
    *,
    raw: str,
    task: str,
    line_freq: float,
    events: str = "",
    names: dict[str, str] | None = None,
) -> None:
    """Copy a recording, and write its sidecars.

    Parameters
    ----------
    unpacked : Path
        Holds the files.
    root : Path
        The tree.
    raw : str
        The recording.
    task : str
        Its task label.
    line_freq : float
        Power line frequency where it was recorded, Hz.
    events : str
        A file of events; empty for none.
    names : dict of str to str
        `trial_type` by code.
    """
    import mne

    stem = f"{root}/sub-01/meg/sub-01_task-{task}"
    tree.place(unpacked / raw, Path(f"{stem}_meg.fif"))
    recording = mne.io.read_raw_fif(unpacked / raw, verbose="error")
    write_sidecars(recording, Path(f"{stem}_meg.fif"), task, line_freq)
    if events:
        columns = ["onset", "duration", "trial_type", "value", "sample"]
        sfreq, first = float(recording.info["sfreq"]), recording.first_samp
        found = trials(mne.read_events(unpacked / events), first, sfreq, names or {})
        tree.write_table(Path(f"{stem}_events.tsv"), columns, found)


def trials(
    events: Any, first_samp: int, sfreq: float, names: dict[str, str]
) -> list[tuple[float, float, str, int, int]]:
    """Events that begin from silence, as rows of events.tsv; a code without a name keeps its own.

    A step from one code to another within a trigger is no event of its own.
    """
    return [
        (
            round((int(sample) - first_samp) / sfreq, 6),
            0.0,
            names.get(str(code), str(code)),
            int(code),
            int(sample) - first_samp,
        )
        for sample, before, code in events
        if code and not before
    ]
