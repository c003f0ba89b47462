"""`recordings.tsv`: one row per recording, read off the files' headers."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from neuro.datasets.base import DatasetError
from neuro.datasets.fetched import tree_root
from neuro.datasets.listing import list_recordings, list_tree
from neuro.datasets.registry import open_source
from neuro.datasets.table import COLUMNS, IDENTITY, read_rows, write_rows
from neuro.io.bids import Recording
from neuro.io.edf import edf_size_check

if TYPE_CHECKING:
    from neuro.config import Recordings, Source


def run(
    root: str | Path,
    recordings: Sequence[Recording],
    output: str | Path,
    shipped: str | Path | None = None,
) -> None:
    """Write the recordings table of a BIDS tree.

    Parameters
    ----------
    root : str | Path
        The tree.
    recordings : sequence of Recording
        The recordings, with paths relative to `root`.
    output : str | Path
        The table: subject, session, task, run, datatype, path, sfreq (Hz), n_channels (EEG
        channels only), duration (s); `n/a` for an entity that a recording has not.
    shipped : str | Path | None
        A table that the rows must agree with (the source's `shipped_table`).

    Raises
    ------
    DatasetError
        If a file is missing, truncated or unreadable, or a row differs from the shipped one.
    """
    rows = [_row(Path(root), recording) for recording in recordings]
    if shipped is not None:
        _compare(rows, Path(shipped))
    write_rows(output, rows)


def run_fetched(
    source: "Source",
    recordings: "Recordings",
    name: str,
    fetched: str | Path,
    output: str | Path,
) -> None:
    """Write the recordings table of a dataset that was fetched: the recordings that are used.

    Parameters
    ----------
    source : Source
        The section `datasets.<name>.source`.
    recordings : Recordings
        The section `datasets.<name>.recordings`.
    name : str
        The dataset's name.
    fetched : str | Path
        The dataset's `fetch.json`.
    output : str | Path
        The table, as in :func:`run`; a catalogue dataset's rows must be the shipped ones.

    Raises
    ------
    DatasetError
        As :func:`run` and :func:`~neuro.datasets.listing.select`.
    """
    root = tree_root(fetched)
    used = list_recordings(source, recordings, name)
    if used is None:
        used = list_tree(root, recordings, name)
    run(root, used, output, open_source(source, name).shipped_table)


def _row(root: Path, recording: Recording) -> dict[str, str]:
    import mne

    path = root / recording.path
    if not path.is_file():
        raise DatasetError(f"{path}: the file is missing; fetch the dataset again.")
    if path.suffix.lower() in (".edf", ".bdf"):
        edf_size_check(path)
    try:
        raw = mne.io.read_raw(path, preload=False, verbose="error")
    except (OSError, ValueError, RuntimeError, KeyError, IndexError) as error:
        raise DatasetError(
            f"{path}: MNE cannot read the header ({error}). Repair the file, or leave the "
            f"recording out with `exclude: [{recording.name}]`."
        ) from error
    types = dict(zip(raw.ch_names, raw.get_channel_types(), strict=True))
    types.update(_sidecar_types(path))
    n_channels = sum(types[name] == "eeg" for name in raw.ch_names)
    sfreq = float(raw.info["sfreq"])
    return {
        **{key: getattr(recording, key) for key in IDENTITY},
        "sfreq": repr(sfreq),
        "n_channels": str(n_channels),
        "duration": repr(float(raw.n_times / sfreq)),
    }


def _sidecar_types(path: Path) -> dict[str, str]:
    """Channel types of the channels.tsv beside a raw file: EDF and its like keep none."""
    sidecar = path.with_name(f"{path.stem.rpartition('_')[0]}_channels.tsv")
    if not sidecar.is_file():
        return {}
    return {row["name"]: row["type"].lower() for row in read_rows(sidecar, ("name", "type"))}


def _compare(rows: Sequence[dict[str, str]], shipped: Path) -> None:
    known = {row["path"]: row for row in read_rows(shipped, COLUMNS)}
    problems = []
    for row in rows:
        if row["path"] not in known:
            problems.append(f"{row['path']}: not in the table")
            continue
        expected = known[row["path"]]
        problems += [
            f"{row['path']}: {column} must be {expected[column] or 'n/a'}, "
            f"got {row[column] or 'n/a'}"
            for column in COLUMNS
            if row[column] != expected[column]
        ]
    if problems:
        raise DatasetError(
            f"the recordings are not those of {shipped.parent.name}/{shipped.name}: "
            + "; ".join(problems)
            + ". Delete the dataset's fetch.json and run again."
        )
