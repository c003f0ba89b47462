"""Trials of the UEA archive as text (`.ts`), in a training and a test file: one HDF5 of both."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuro.datasets.base import DatasetError
from neuro.io.trials import UNKNOWN

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MISSING = ("?", "nan")


def arrange(
    unpacked: Path,
    root: Path,
    *,
    name: str,
    label: str,
    sfreq: float,
    channel_type: str,
    channels: list[str] | None = None,
    classes: dict[str, str] | None = None,
    tmin: float = 0.0,
    subject: str = UNKNOWN,
    note: str = "",
) -> None:
    """Write the trials of both files, in their order, as one HDF5.

    Parameters
    ----------
    unpacked : Path
        Holds the folder `name`.
    root : Path
        The tree.
    name : str
        The archive's name, as of folder and files.
    label : str
        The recording's, in the place of a subject's.
    sfreq : float
        Sampling rate, Hz.
    channel_type : str
        MNE's type of all channels.
    channels : list of str | None
        Their names; None for numbers.
    classes : dict of str to str | None
        Names of the labels; None for the labels themselves.
    tmin : float
        First sample relative to the event, s.
    subject : str
        Whose all trials are; unless given, it is not known.
    note : str
        What whoever uses the trials must know.

    Raises
    ------
    DatasetError
        If a file is not as it must be.
    """
    import numpy as np

    from neuro.io.trials import TrialsFile, write_trials

    parts = [read_ts(unpacked / name / f"{name}_{part}.ts") for part in ("TRAIN", "TEST")]
    if parts[0][0].shape[1:] != parts[1][0].shape[1:]:
        raise DatasetError(
            f"{unpacked / name}: trials of training and test differ in shape: "
            f"{parts[0][0].shape[1:]} and {parts[1][0].shape[1:]}."
        )
    data = np.concatenate([trials for trials, _ in parts])
    n_channels = data.shape[1]
    if channels is not None and len(channels) != n_channels:
        raise DatasetError(f"{unpacked / name}: {n_channels} channels, {len(channels)} named.")
    nobody = np.full(len(data), "", dtype=np.str_)
    told = [(classes or {}).get(one, one) for _, labels in parts for one in labels]
    trials = TrialsFile(
        data=data,
        labels=np.array(told, dtype=np.str_),
        channels=tuple(channels or (str(i + 1) for i in range(n_channels))),
        channel_types=(channel_type,) * n_channels,
        sfreq=sfreq,
        tmin=tmin,
        unit="arbitrary",
        part=np.repeat(["train", "test"], [len(labels) for _, labels in parts]),
        subject=np.full(len(data), subject),
        session=nobody,
        run=nobody,
        onset=np.full(len(data), np.nan),
        note=note,
    )
    write_trials(root / f"sub-{label}/trials/sub-{label}_trials.h5", trials)


def read_ts(path: Path) -> tuple["NDArray[np.float32]", list[str]]:
    """Read a `.ts` file of equally long trials.

    Parameters
    ----------
    path : Path
        Lines that begin with `@` are its header; then a trial per line: channels with `:` between,
        values with `,` between, and the label last.

    Returns
    -------
    data : ndarray of float32, shape (n_trials, n_channels, n_times)
        The values.
    labels : list of str
        The labels.

    Raises
    ------
    DatasetError
        If the file is cut short, trials differ in shape, values are missing or not numbers, or a
        label is not among those of the header.
    """
    import numpy as np

    header: dict[str, list[str]] = {}
    data: list[Any] = []
    labels: list[str] = []
    for number, line in _lines(path):
        if line.startswith("@"):
            key, *values = line[1:].split() or [""]
            header[key.lower()] = values
            continue
        *channels, label = line.split(":")
        where = f"{path}, line {number}"
        data.append(_trial(channels, where))
        if data[-1].shape != data[0].shape:
            raise DatasetError(
                f"{where}: a trial of {data[-1].shape[0]} channels x {data[-1].shape[1]} values; "
                f"the first has {data[0].shape[0]} x {data[0].shape[1]}."
            )
        labels.append(label.strip())
        if (known := header.get("classlabel", [])[1:]) and labels[-1] not in known:
            raise DatasetError(f"{where}: label {labels[-1]!r} is none of {known}.")
    if "data" not in header or not data:
        raise DatasetError(f"{path}: holds no trials; the file is cut short or no `.ts` file.")
    return np.stack(data), labels


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines that are neither empty nor a remark; remarks are in all kinds of encodings."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, start=1):
                text = line.strip()
                if text and text[0] not in "#%":
                    yield number, text
    except FileNotFoundError:
        raise DatasetError(f"{path}: missing in the package.") from None


def _trial(channels: list[str], where: str) -> "NDArray[np.float32]":
    import numpy as np

    if not channels:
        raise DatasetError(f"{where}: no label after the values; the file is cut short.")
    rows = [channel.split(",") for channel in channels]
    if len({len(row) for row in rows}) > 1:
        raise DatasetError(f"{where}: channels of unequal length {[len(row) for row in rows]}.")
    if any(value.strip().lower() in MISSING for row in rows for value in row):
        raise DatasetError(f"{where}: missing values; trials must be complete.")
    try:
        values = np.array(rows, dtype=np.float64)
    except ValueError as error:
        raise DatasetError(f"{where}: {error}.") from None
    if not np.isfinite(values).all():
        raise DatasetError(f"{where}: values that are not finite.")
    return values.astype(np.float32)
