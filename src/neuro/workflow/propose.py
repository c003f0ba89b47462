"""A first configuration for recordings that nobody has described yet: `neuro init`.

What is there decides: datatypes of a BIDS tree or endings of a folder's files, events that every
recording has, rate, filters and electrodes of the first recording.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from neuro.datasets.base import DatasetError
from neuro.datasets.bids import scan
from neuro.datasets.headers import header
from neuro.datasets.layout import LAYOUTS
from neuro.io.bids import Recording
from neuro.io.tables import read_tsv

SHORT = {"eeg": "EEG", "meg": "MEG", "fmri": "fMRI", "calcium": "calcium imaging"}
FORMATS = {
    "eeg": (".edf", ".bdf", ".vhdr", ".set", ".cnt", ".mff"),
    "meg": (".fif", ".ds", ".con", ".sqd"),
    "fmri": (".nii.gz", ".nii"),
}
"""Endings of files that are no BIDS tree; a `.fif` may hold EEG alone, which `header` tells."""
COUNTED = {"fmri": "voxels or parcels", "calcium": "neurons", "spikes": "units"}
LEAST = 10
"""Events of a condition in every recording: what epochs want by default."""
MOST_CONDITIONS = 12


@dataclass
class Proposal:
    """One dataset that was found.

    Parameters
    ----------
    name, modality : str
        Its name and what was recorded.
    source : dict
        The section `source`.
    recordings : list of Recording
        What there is; empty where only a fetch tells.
    facts : list of str
        What is said of it above its section.
    events : dict of str to (int, int)
        Least and most events of a recording, by value of `trial_type` that all recordings have.
    rare : list of str
        Values that are too rare for epochs.
    first : Path | None
        The first recording's file.
    """

    name: str
    modality: str
    source: dict[str, str]
    recordings: list[Recording] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    events: dict[str, tuple[int, int]] = field(default_factory=dict)
    rare: list[str] = field(default_factory=list)
    first: Path | None = None

    @property
    def n_subjects(self) -> int:
        """How many people there are."""
        return len({recording.subject for recording in self.recordings})


def propose(folder: Path, name: str | None = None) -> list[Proposal]:
    """Look at a folder and say which datasets it holds.

    Parameters
    ----------
    folder : Path
        A BIDS tree, or a folder of recordings.
    name : str | None
        Name of the dataset; None for one after the folder.

    Returns
    -------
    found : list of Proposal
        A dataset per modality.

    Raises
    ------
    DatasetError
        If there is no folder, or nothing in it that can be read.
    """
    folder = Path(folder).expanduser().resolve()
    if not folder.is_dir():
        raise DatasetError(f"{folder}: no such folder")
    name = _safe(name or folder.name)
    found = _tree(folder, name) or _loose(folder, name)
    if not found:
        wanted = "; ".join(f"{SHORT.get(m, m)}: {LAYOUTS[m].wanted}" for m in LAYOUTS)
        raise DatasetError(
            f"{folder}: no recordings. A BIDS tree has {wanted}. A folder of files has names that "
            f"end in {', '.join(e for endings in FORMATS.values() for e in endings)} or .nwb."
        )
    if len(found) > 1:
        for proposal in found:
            proposal.name = f"{name}-{proposal.modality}"
    return found


def _tree(root: Path, name: str) -> list[Proposal]:
    """Datasets of a BIDS tree, by datatype."""
    found = []
    for modality in LAYOUTS:
        if modality == "features":
            continue  # what its outcome is, nobody can see
        recordings = scan(root, modality)
        if not recordings:
            continue
        source = {"type": "bids", "path": str(root)}
        proposal = Proposal(name, modality, source, recordings)
        proposal.first = root / recordings[0].path
        _describe(root, proposal)
        found.append(proposal)
    return found


def _describe(root: Path, proposal: Proposal) -> None:
    """Facts of the first recording, and events of all."""
    n, people = len(proposal.recordings), proposal.n_subjects
    facts = [f"{n} recording(s) of {people} subject(s)"]
    told = header(root, proposal.recordings[0], proposal.modality)
    if told["n_channels"]:
        facts.append(f"{told['n_channels']} {COUNTED.get(proposal.modality, 'channels')}")
    if told["sfreq"]:
        facts.append(f"{float(told['sfreq']):g} Hz")
    if told["duration"]:
        facts.append(f"{float(told['duration']) / 60:.1f} min")
    proposal.facts = facts
    counts = [_events(root / recording.path) for recording in proposal.recordings]
    for value in sorted(set.intersection(*map(set, counts)) if counts else []):
        numbers = [count[value] for count in counts]
        if min(numbers) >= LEAST:
            proposal.events[value] = (min(numbers), max(numbers))
    every = {value for count in counts for value in count}
    proposal.rare = sorted(every - set(proposal.events))


def _events(recording: Path) -> Counter[str]:
    """How often each value of `trial_type` comes; what cuts a recording is no event."""
    stem = recording.name.split(".")[0].rpartition("_")[0]
    beside = recording.with_name(f"{stem}_events.tsv")
    if not beside.is_file():
        return Counter()
    table = read_tsv(beside)
    if "trial_type" not in table:
        return Counter()
    values = table["trial_type"].dropna().astype(str)
    plain = [v for v in values if not re.match(r"(?i)(bad|edge)[_ ]|boundary$|new segment", v)]
    return Counter(plain)


def _loose(folder: Path, name: str) -> list[Proposal]:
    """Datasets of a folder of files: those whose names tell whose they are."""
    found = []
    nwb = sorted(folder.rglob("*.nwb"))
    if nwb:
        source = {"type": "nwb", "path": str(folder)}
        facts = [f"{len(nwb)} file(s) of NWB"]
        found.append(Proposal(name, _nwb_modality(nwb[0]), source, facts=facts))
    for modality, endings in FORMATS.items():
        for ending in endings:
            paths = sorted(p for p in folder.rglob(f"*{ending}") if not p.name.startswith("."))
            if not paths:
                continue
            pattern = _pattern(folder, paths, ending)
            source = {"type": "files", "path": str(folder), "pattern": pattern}
            facts = [f"{len(paths)} file(s) {ending}"]
            found.append(Proposal(name, modality, source, facts=facts))
            break
    return found


def _nwb_modality(path: Path) -> str:
    """`spikes` where a file has a table of units, else `calcium`."""
    from neuro.io.damage import reading
    from neuro.io.foreign import open_hdf5

    with reading(path), open_hdf5(path) as file:
        return "spikes" if "units" in file else "calcium"


def _pattern(folder: Path, paths: list[Path], ending: str) -> str:
    """A pattern that fits all files: names of letters and digits are subjects."""
    relative = [path.relative_to(folder).as_posix()[: -len(ending)] for path in paths]
    depths = {path.count("/") for path in relative}
    stems = [path.rpartition("/")[2] for path in relative]
    if all(stem.isalnum() for stem in stems):
        return ("*/" * max(depths) if len(depths) == 1 else "**/") + "{subject}" + ending
    parts = [stem.split("_") for stem in stems]
    if all(len(part) == len(parts[0]) and all(map(str.isalnum, part)) for part in parts):
        varies = [len({part[i] for part in parts}) > 1 for i in range(len(parts[0]))]
        names = iter(("{subject}", "{session}", "{run}"))
        made = [
            (next(names, "*") if moves else "{task}" if i == varies.index(False) else "*")
            if any(varies)
            else "{subject}"
            for i, moves in enumerate(varies)
        ]
        fits = "_".join(made) if any(varies) else "{subject}" + "_*" * (len(varies) - 1)
        return ("**/" if max(depths) else "") + fits + ending
    if depths == {1}:
        return "{subject}/*" + ending
    raise DatasetError(
        f"{folder}: cannot tell from names like {stems[0]!r} whose recordings these are. Write the "
        "section by hand, with `source: {type: files, path: ..., pattern: ...}`; "
        "docs/datasets.md shows how."
    )


def _safe(name: str) -> str:
    """A name that a dataset may have."""
    cleaned = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")
    return cleaned if cleaned[:1].isalpha() else f"own-{cleaned}".rstrip("-")
