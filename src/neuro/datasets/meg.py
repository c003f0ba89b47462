"""Sidecars of MEG recordings as BIDS has them (Niso et al., 2018, Scientific Data 5:180110)."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuro.datasets import tree

if TYPE_CHECKING:
    import mne

TYPES = {
    "grad": ("MEGGRADPLANAR", "T/m"),
    "mag": ("MEGMAG", "T"),
    "ref_meg": ("MEGREFMAG", "T"),
    "eeg": ("EEG", "V"),
    "eog": ("EOG", "V"),
    "ecg": ("ECG", "V"),
    "stim": ("TRIG", "V"),
    "misc": ("MISC", "n/a"),
}
"""BIDS' types and units by MNE's types."""


def write_sidecars(
    raw: "mne.io.BaseRaw", path: Path, task: str, line_freq: float | None = None
) -> None:
    """Write channels.tsv and meg.json beside a recording.

    Parameters
    ----------
    raw : Raw
        The recording.
    path : Path
        Its place in the tree, `..._meg.fif`.
    task : str
        Task label.
    line_freq : float | None
        Power line frequency where it was recorded, Hz; None for what the file tells.
    """
    types = raw.get_channel_types()
    sfreq = float(raw.info["sfreq"])
    rows = (
        (name, *_described(kind), sfreq, "bad" if name in raw.info["bads"] else "good")
        for name, kind in zip(raw.ch_names, types, strict=True)
    )
    stem = str(path).removesuffix("_meg.fif")
    columns = ["name", "type", "units", "sampling_frequency", "status"]
    tree.write_table(Path(f"{stem}_channels.tsv"), columns, rows)
    told: dict[str, Any] = {
        "TaskName": task,
        "SamplingFrequency": sfreq,
        "PowerLineFrequency": line_freq or raw.info["line_freq"] or "n/a",
        "MEGChannelCount": sum(kind in ("grad", "mag") for kind in types),
        "RecordingDuration": float(raw.n_times / sfreq),
    }
    tree.write_json(Path(f"{stem}_meg.json"), told)


def _described(kind: str) -> tuple[str, str]:
    return TYPES.get(kind, ("MISC", "n/a"))
