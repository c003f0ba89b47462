"""Reading a raw EEG recording out of a BIDS tree, through MNE-BIDS (Appelhoff et al., 2019)."""

import csv
import logging
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import mne
import mne_bids
import pandas as pd

from neuro.io.bids import Recording
from neuro.io.damage import reading
from neuro.io.edf import edf_size_check
from neuro.io.fif import fif_tag_check
from neuro.io.opened import check_opened
from neuro.io.tables import read_tsv
from neuro.preprocess.names import listed

log = logging.getLogger(__name__)

BOUNDARY = "boundary"
_RENAMED = "Channel names are not unique"
SIDECARS = {
    "channels.tsv": "channel types, units and bad channels are what the file itself tells",
    "events.tsv": "events are the annotations of the file itself",
    "{}.json": "line frequency, reference and filters of the recorder are not known",
}
"""What BIDS wants beside a recording of a data type, and what follows where it is missing."""


@dataclass(frozen=True)
class Source:
    """A recording that was opened, not yet loaded.

    Parameters
    ----------
    raw : mne.io.BaseRaw
        The recording with channel types, bad channels, positions and annotations from BIDS.
    path : Path
        Its file, for messages.
    events_path : Path | None
        Its events.tsv.
    missing : list of str
        Sidecars that are neither beside the recording nor, as BIDS allows, further up.
    outside : list of float
        Onsets of the events that lie outside of the recording and were left out, s.
    n_events : int
        Events in events.tsv.
    """

    raw: mne.io.BaseRaw
    path: Path
    events_path: Path | None
    missing: list[str] = field(default_factory=list)
    outside: list[float] = field(default_factory=list)
    n_events: int = 0

    @property
    def events_where(self) -> str:
        """Where the events are told, for messages."""
        return str(self.events_path or f"{self.path} (there is no events.tsv)")

    @property
    def left_out(self) -> str:
        """The events that lie outside of the recording, as a sentence; '' for none."""
        if not self.outside:
            return ""
        return (
            f"{len(self.outside)} of {self.n_events} events in events.tsv lie outside of the "
            f"recording (0 to {self.raw.times[-1]:.1f} s) and were left out, the first at "
            f"{self.outside[0]:g} s; onsets are in seconds."
        )

    def notes(self, *, with_events: bool = True) -> list[str]:
        """What a reader of the results should know.

        Parameters
        ----------
        with_events : bool
            Whether events are asked for.
        """
        missing = [name for name in self.missing if with_events or name != "events.tsv"]
        datatype = self.path.parent.name
        follows = {name.format(datatype): text for name, text in SIDECARS.items()}
        texts = [f"The recording has no {name}: {follows[name]}." for name in missing]
        return [*texts, self.left_out] if with_events and self.outside else texts


def open_recording(root: str | Path, recording: Recording) -> Source:
    """Open a recording; samples are not read yet.

    Parameters
    ----------
    root : str | Path
        The BIDS tree.
    recording : Recording
        The recording; its `path` is relative to `root`.

    Returns
    -------
    source : Source
        The recording. Discontinuities (`boundary`) carry the annotations `EDGE boundary`, over
        which no filter runs, and `BAD boundary`, over which no epoch is cut. The measurement date
        is removed: it depends on the reading machine's time zone.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is truncated or unreadable, or does not fit its channels.tsv.
    """
    path = Path(root) / recording.path
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such recording; fetch the dataset again")
    if path.suffix.lower() in {".edf", ".bdf"}:
        edf_size_check(path)
    elif path.suffix.lower() == ".fif":
        fif_tag_check(path)
    bids_path = mne_bids.get_bids_path_from_fname(path, check=False).update(root=root)
    names = [name.format(recording.datatype) for name in SIDECARS]
    sidecars = {name: _sidecar(bids_path, name) for name in names}
    channels, events = sidecars["channels.tsv"], sidecars["events.tsv"]
    if channels is not None:
        _unique([str(n) for n in read_tsv(channels, ("name",))["name"]], str(channels))
    raw, messages = _read(bids_path, path)
    for message in messages:
        log.info("%s: %s", path.name, message)
    if channels is not None:
        _same_channels(raw, channels)
    raw.set_meas_date(None)
    _original_names(raw, events)
    _mark_boundaries(raw)
    missing = [name for name, found in sidecars.items() if found is None]
    outside, n_events = ([], 0) if events is None else _outside(events, raw.times[-1])
    return Source(raw, path, events, missing, outside, n_events)


def _sidecar(bids_path: mne_bids.BIDSPath, name: str) -> Path | None:
    suffix, _, extension = name.partition(".")
    found = bids_path.find_matching_sidecar(suffix, f".{extension}", on_error="ignore")
    return None if found is None else Path(found)


def _outside(path: Path, end: float) -> tuple[list[float], int]:
    """Onsets of the events that MNE leaves out, s, and the number of all events."""
    table = read_tsv(path, ("onset",))
    onsets = pd.to_numeric(table["onset"], errors="coerce")
    lengths = pd.to_numeric(table.get("duration", 0 * onsets), errors="coerce").fillna(0.0)
    return sorted(onsets[(onsets > end) | (onsets + lengths < 0)]), len(table)


def _read(bids_path: mne_bids.BIDSPath, path: Path) -> tuple[mne.io.BaseRaw, list[str]]:
    """Read with MNE-BIDS, and keep its warnings apart."""
    with warnings.catch_warnings(record=True) as caught, mne.use_log_level("WARNING"):
        warnings.simplefilter("always")
        what = f"not readable as a BIDS {bids_path.datatype or ''} recording"
        remedy = (
            "Check the file and its sidecars with the BIDS validator, or leave the recording out "
            "with `recordings.exclude`"
        )
        with reading(path, what, remedy):
            raw = mne_bids.read_raw_bids(bids_path)
            raw.get_channel_types()  # MNE asks only now whether it knows them
        check_opened(raw, path)
    messages = list(dict.fromkeys(" ".join(str(item.message).split()) for item in caught))
    for message in messages:
        if _RENAMED in message:
            raise ValueError(
                f"{path}: {message.split(' Applying')[0]} Every channel needs a name of its own: "
                "rename them in the file"
            )
    return raw, messages


def _unique(names: list[str], where: str) -> None:
    if double := sorted(name for name, count in Counter(names).items() if count > 1):
        raise ValueError(
            f"{where}: channel names are given more than once: {listed(double)}. Every channel "
            "needs a name of its own"
        )


def _same_channels(raw: mne.io.BaseRaw, path: Path) -> None:
    """Every EEG channel of the file is in channels.tsv, and the other way round."""
    table = read_tsv(path, ("name", "type"))
    names = [str(name) for name in table["name"]]
    eeg = [n for n, kind in zip(names, table["type"], strict=True) if str(kind).upper() == "EEG"]
    kinds = zip(raw.ch_names, raw.get_channel_types(), strict=True)
    unlisted = [name for name, kind in kinds if kind == "eeg" and name not in set(names)]
    lacking = [name for name in eeg if name not in set(raw.ch_names)]
    if unlisted or lacking:
        raise ValueError(
            f"{path}: does not fit the recording. EEG channels only in the recording: "
            f"{listed(unlisted) or 'none'}; only in channels.tsv: {listed(lacking) or 'none'}. "
            "List the recording's channels by the same names"
        )


def _original_names(raw: mne.io.BaseRaw, events_path: Path | None) -> None:
    """Give annotations their `trial_type` back.

    MNE-BIDS writes `trial_type/value` where one trial_type comes with several values.
    """
    if events_path is None:
        return
    with reading(events_path), events_path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        known = {row["trial_type"] for row in rows if row.get("trial_type")}
    renamed = {}
    for description in set(raw.annotations.description) - known:
        parts = description.split("/")
        heads = ("/".join(parts[:i]) for i in range(len(parts) - 1, 0, -1))
        match = next((head for head in heads if head in known), None)
        if match is not None:
            renamed[description] = match
    raw.annotations.rename(renamed)


def _mark_boundaries(raw: mne.io.BaseRaw) -> None:
    there = [d.strip().lower() == BOUNDARY for d in raw.annotations.description]
    onsets = raw.annotations.onset[there]
    for label in ("BAD boundary", "EDGE boundary"):
        raw.annotations.append(onsets, 0.0, label)
