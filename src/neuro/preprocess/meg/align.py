"""Signs of the parcels of all recordings of a dataset."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from neuro.io import hdf5
from neuro.io.tables import read_tsv, write_tsv
from neuro.preprocess.meg.signs import Alignment, align, entries, likeness

COLUMNS = ("recording", "template", "r_before", "r_after", "n_flipped", "flipped")


def run(
    paths: Sequence[str | Path], output: str | Path, *, recordings: Sequence[str], aligned: bool
) -> pd.DataFrame:
    """Find the signs that make all recordings most like one of them.

    Parameters
    ----------
    paths : sequence of str | Path
        What :func:`neuro.preprocess.meg.parcellate.run` wrote for each recording.
    output : str | Path
        Table of the signs, a name that ends in `.tsv`: a row per recording, with the parcels that
        are flipped, separated by commas.
    recordings : sequence of str
        Names of the recordings, in the same order.
    aligned : bool
        Whether signs are looked for at all; without, no parcel is flipped.

    Returns
    -------
    table : DataFrame
        The table.

    Raises
    ------
    ValueError
        If the recordings have different parcels or delays.
    """
    if len(paths) != len(recordings) or not paths:
        raise ValueError(f"needs a file for each recording, got {len(paths)} and {len(recordings)}")
    if not aligned:
        table = pd.DataFrame([[name, False, np.nan, np.nan, 0, ""] for name in recordings])
        return _written(table, output)
    parcels, found = [], []
    for path in paths:
        arrays = hdf5.read(path)
        embedded, named = arrays["embedded"], arrays["names"]
        parcels.append(list(map(str, np.asarray(named.values))))
        found.append(entries(np.asarray(embedded.values), int(embedded.attrs["n_embeddings"])))
        if parcels[-1] != parcels[0] or found[-1].shape != found[0].shape:
            raise ValueError(
                f"{path}: has other parcels or delays than {paths[0]}; make both anew with one "
                "configuration"
            )
    template = int(np.argmax(likeness([np.abs(one) for one in found])))
    aligned_to = [
        align(one.astype(float), found[template].astype(float), len(parcels[0])) for one in found
    ]
    rows = [
        _row(name, i == template, one, parcels[0])
        for i, (name, one) in enumerate(zip(recordings, aligned_to, strict=True))
    ]
    return _written(pd.DataFrame(rows), output)


def read_signs(
    path: str | Path, recording: str, parcels: Sequence[str]
) -> tuple[np.ndarray, pd.Series]:
    """Signs of one recording, and its row of the table.

    Raises
    ------
    ValueError
        If the table lacks the recording.
    """
    table = read_tsv(path, COLUMNS)
    rows = table[table["recording"] == recording]
    if len(rows) != 1:
        raise ValueError(f"{path}: has {len(rows)} rows for {recording}, needs one")
    row = rows.iloc[0]
    flipped = set() if pd.isna(row["flipped"]) else set(str(row["flipped"]).split(","))
    return np.array([-1 if name in flipped else 1 for name in parcels]), row


def _row(name: str, is_template: bool, one: Alignment, parcels: Sequence[str]) -> list[object]:
    flipped = [parcel for parcel, sign in zip(parcels, one.signs, strict=True) if sign < 0]
    return [name, is_template, one.before, one.after, len(flipped), ",".join(flipped)]


def _written(table: pd.DataFrame, output: str | Path) -> pd.DataFrame:
    table.columns = list(COLUMNS)
    table["flipped"] = table["flipped"].replace("", None)
    write_tsv(output, table)
    return table
