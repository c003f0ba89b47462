"""`recordings.tsv`: one row per recording, read off the files' headers."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from neuro.datasets.base import DatasetError
from neuro.datasets.fetched import tree_root
from neuro.datasets.headers import header
from neuro.datasets.listing import list_recordings, list_tree
from neuro.datasets.registry import open_source
from neuro.datasets.table import COLUMNS, IDENTITY, read_rows, write_rows
from neuro.io.bids import Recording

if TYPE_CHECKING:
    from neuro.config import Recordings, Source


def run(
    root: str | Path,
    recordings: Sequence[Recording],
    output: str | Path,
    shipped: str | Path | None = None,
    modality: str = "eeg",
) -> None:
    """Write the recordings table of a BIDS tree.

    Parameters
    ----------
    root : str | Path
        The tree.
    recordings : sequence of Recording
        The recordings, with paths relative to `root`.
    output : str | Path
        The table: subject, session, task, run, datatype, path, sfreq (Hz), n_channels (what
        :func:`~neuro.datasets.headers.header` counts), duration (s); `n/a` for an entity that a
        recording has not, and for what its header does not tell.
    shipped : str | Path | None
        A table that the rows must agree with (the source's `shipped_table`).
    modality : str
        The dataset's modality.

    Raises
    ------
    DatasetError
        If a file is missing, truncated or unreadable, or a row differs from the shipped one.
    """
    rows = [_row(Path(root), recording, modality) for recording in recordings]
    if shipped is not None:
        _compare(rows, Path(shipped))
    write_rows(output, rows)


def run_fetched(
    source: "Source",
    recordings: "Recordings",
    name: str,
    fetched: str | Path,
    output: str | Path,
    modality: str = "eeg",
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
    modality : str
        The dataset's modality.

    Raises
    ------
    DatasetError
        As :func:`run` and :func:`~neuro.datasets.listing.select`.
    """
    root = tree_root(fetched)
    plugin = open_source(source, name, modality)
    used = list_recordings(source, recordings, name, modality)
    if used is None:
        used = list_tree(root, recordings, name, modality, plugin.entities)
    run(root, used, output, plugin.shipped_table, modality)


def _row(root: Path, recording: Recording, modality: str) -> dict[str, str]:
    return {
        **{key: getattr(recording, key) for key in IDENTITY},
        **header(root, recording, modality),
    }


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
