"""What a recording's header tells: sampling rate, number of channels and length; no samples.

`n_channels` counts EEG or MEG channels, voxels or parcels, neurons, units, features.
"""

import csv
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuro.datasets.base import DatasetError
from neuro.datasets.sidecars import told
from neuro.datasets.table import read_rows
from neuro.io.bids import Recording
from neuro.io.damage import reading
from neuro.io.edf import edf_size_check
from neuro.io.fif import fif_tag_check
from neuro.io.opened import check_opened

if TYPE_CHECKING:
    import h5py

Facts = tuple[float | None, int | None, float | None]
"""Sampling rate (Hz), channels, length (s); None for what a header does not tell."""
MEG = ("mag", "grad")


def header(root: Path, recording: Recording, modality: str) -> dict[str, str]:
    """Read the header of a recording.

    Parameters
    ----------
    root : Path
        The BIDS tree.
    recording : Recording
        Which recording of it.
    modality : str
        The dataset's modality.

    Returns
    -------
    columns : dict of str to str
        `sfreq` (Hz), `n_channels`, `duration` (s); empty where the header does not tell.

    Raises
    ------
    DatasetError
        If the file is missing, truncated or unreadable.
    """
    path = root / recording.path
    if not path.exists():
        raise DatasetError(f"{path}: the file is missing; fetch the dataset again.")
    if path.suffix.lower() in (".edf", ".bdf"):
        edf_size_check(path)
    elif path.suffix.lower() == ".fif":
        fif_tag_check(path)
    reader = "MNE" if modality in ("eeg", "meg") else "neuro"
    remedy = f"Repair the file, or leave the recording out with `exclude: [{recording.name}]`."
    with reading(path, f"{reader} cannot read the header", remedy, DatasetError):
        sfreq, n_channels, duration = _READERS[modality](path, told(root, recording))
    return {
        "sfreq": "" if sfreq is None else repr(round(float(sfreq), 6)),
        "n_channels": "" if n_channels is None else str(n_channels),
        "duration": "" if duration is None else repr(round(float(duration), 6)),
    }


def _electrophysiology(path: Path, kinds: tuple[str, ...]) -> Facts:
    import mne

    raw = mne.io.read_raw(path, preload=False, verbose="error", **lenient(path))
    check_opened(raw, path)
    types = dict(zip(raw.ch_names, raw.get_channel_types(), strict=True))
    if kinds == ("eeg",):
        types.update(_sidecar_types(path))
    count = sum(types[name] in kinds for name in raw.ch_names)
    sfreq = float(raw.info["sfreq"])
    return sfreq, count, raw.n_times / sfreq


def lenient(path: Path) -> dict[str, str]:
    """Arguments to open whatever MNE can: files recorded with internal active shielding too."""
    return {"allow_maxshield": "yes"} if path.suffix.lower() == ".fif" else {}


def _sidecar_types(path: Path) -> dict[str, str]:
    """Channel types of the channels.tsv beside a raw file: EDF and its like keep none."""
    sidecar = path.with_name(f"{path.stem.rpartition('_')[0]}_channels.tsv")
    if not sidecar.is_file():
        return {}
    return {row["name"]: row["type"].lower() for row in read_rows(sidecar, ("name", "type"))}


def _eeg(path: Path, _: dict[str, Any]) -> Facts:
    return _electrophysiology(path, ("eeg",))


def _meg(path: Path, _: dict[str, Any]) -> Facts:
    return _electrophysiology(path, MEG)


def _fmri(path: Path, sidecar: dict[str, Any]) -> Facts:
    """Rate of volumes; voxels of a volume, or columns of a table of parcels."""
    if path.suffix == ".tsv":
        n_parcels, n_volumes = _table_shape(path, "\t")
        step = None
    else:
        import nibabel

        try:
            image: Any = nibabel.load(path)
        except nibabel.filebasedimages.ImageFileError as error:
            raise ValueError(str(error)) from error
        if len(image.shape) != 4:
            raise ValueError(f"the image must have four dimensions, got shape {image.shape}")
        n_parcels, n_volumes = math.prod(image.shape[:3]), int(image.shape[3])
        scale = {"msec": 1e-3, "usec": 1e-6}.get(image.header.get_xyzt_units()[1], 1.0)
        step = float(image.header.get_zooms()[3]) * scale
    step = sidecar.get("RepetitionTime", step)
    if not step:
        return None, n_parcels, None
    return 1 / float(step), n_parcels, n_volumes * float(step)


def _calcium(path: Path, sidecar: dict[str, Any]) -> Facts:
    """Rate of frames; regions of interest, be they cells or not."""
    kind = path.suffix.lower()
    sfreq = sidecar.get("SamplingFrequency")
    shape: tuple[int, ...]
    if kind == ".nwb":
        return _nwb_series(path)
    if kind == ".suite2p":
        shape = _suite2p(path)
    elif kind in (".h5", ".hdf5"):
        shape, sfreq = _caiman(path, sfreq)
    elif kind == ".parquet":
        import pyarrow.parquet

        told_ = pyarrow.parquet.read_metadata(path)
        shape = (told_.num_columns, told_.num_rows)
    elif kind == ".csv":
        shape = _table_shape(path, ",")
    else:
        return _worm(path)
    return sfreq, int(shape[0]), shape[1] / sfreq if sfreq else None


def _spikes(path: Path, _: dict[str, Any]) -> Facts:
    """Units; spikes have no sampling rate that matters."""
    if path.suffix == ".nwb":
        from neuro.io.foreign import open_hdf5

        with open_hdf5(path) as file:
            if "units/id" not in file:
                raise ValueError("the file has no table `units`")
            return None, len(file["units/id"]), None
    if path.suffix == ".phy":
        import numpy as np

        clusters = np.load(path / "spike_clusters.npy", mmap_mode="r", allow_pickle=False)
        return None, int(np.unique(clusters).size), None
    return None, None, None


def _nwb_series(path: Path) -> Facts:
    """Shape and rate of the first series of regions of interest: time comes first, if longer."""
    import h5py

    from neuro.io.foreign import open_hdf5

    with open_hdf5(path) as file:
        found: list[h5py.Group] = []

        def visit(_: str, item: Any) -> None:
            kind = item.attrs.get("neurodata_type")
            if (kind.decode() if isinstance(kind, bytes) else kind) == "RoiResponseSeries":
                found.append(item)

        file.visititems(visit)
        if not found:
            raise ValueError("the file has no RoiResponseSeries")
        series = min(found, key=lambda group: ("luorescence" not in group.name, group.name))
        shape = series["data"].shape
        n_frames, n_rois = max(shape), min(shape) if len(shape) > 1 else 1
        if "rois" in series:
            n_rois = len(series["rois"])
            n_frames = math.prod(shape) // n_rois
        return _rate(series, n_frames), n_rois, _length(series, n_frames)


def _rate(series: "h5py.Group", n_frames: int) -> float | None:
    if "starting_time" in series:
        return float(series["starting_time"].attrs["rate"])
    times = series["timestamps"]
    return (n_frames - 1) / float(times[-1] - times[0]) if n_frames > 1 else None


def _length(series: "h5py.Group", n_frames: int) -> float | None:
    rate = _rate(series, n_frames)
    return n_frames / rate if rate else None


def _suite2p(path: Path) -> tuple[int, int]:
    """Regions and frames of a plane, or of several planes together."""
    import numpy as np

    single = (path / "F.npy").is_file()
    planes = [path] if single else sorted(folder.parent for folder in path.glob("plane*/F.npy"))
    shapes = [np.load(p / "F.npy", mmap_mode="r", allow_pickle=False).shape for p in planes]
    if not shapes:
        raise ValueError("there is no F.npy, neither here nor in folders plane*")
    return sum(int(shape[0]) for shape in shapes), int(shapes[0][1])


def _worm(path: Path) -> Facts:
    """Rows of time (s) and a value per neuron: JSON keeps no header, so all of it is read."""
    rows = json.loads(path.read_text(encoding="utf-8-sig"))
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise ValueError("the file is no list of [time, [a value per neuron]]")
    span = rows[-1][0] - rows[0][0]
    sfreq = (len(rows) - 1) / span
    return sfreq, len(rows[0][1]), len(rows) / sfreq


def _caiman(path: Path, sfreq: Any) -> tuple[tuple[int, ...], Any]:
    """Shape of CaImAn's traces and its frame rate, `params/data/fr`."""
    import h5py

    from neuro.io.foreign import open_hdf5

    with open_hdf5(path) as file:
        for name in ("estimates/C", "estimates/F_dff"):
            if isinstance(item := file.get(name), h5py.Dataset) and item.ndim == 2:
                rate = file.get("params/data/fr")
                return item.shape, float(rate[()]) if sfreq is None and rate is not None else sfreq
    raise ValueError("the file has neither `estimates/C` nor `estimates/F_dff`")


def _table_shape(path: Path, delimiter: str) -> tuple[int, int]:
    """Columns and rows of a table with a line of names."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, delimiter=delimiter)
        names = next(rows, [])
        return len(names), sum(1 for _ in rows)


def _features(path: Path, _: dict[str, Any]) -> Facts:
    """Columns of a table of features."""
    kind = path.suffix.lower()
    if kind in (".tsv", ".csv"):
        with path.open(encoding="utf-8-sig") as file:
            return None, file.readline().count("\t" if kind == ".tsv" else ",") + 1, None
    if kind == ".parquet":
        import pyarrow.parquet

        return None, int(pyarrow.parquet.read_metadata(path).num_columns), None
    if kind == ".npy":
        import numpy as np

        return None, int(np.load(path, mmap_mode="r", allow_pickle=False).shape[1]), None
    if kind == ".bed":
        with path.with_suffix(".bim").open() as variants:
            return None, sum(1 for line in variants if line.strip()), None
    from neuro.io.foreign import open_hdf5

    tables: list[int] = []
    with open_hdf5(path) as table:
        table.visititems(
            lambda _, item: tables.append(item.shape[1]) if getattr(item, "ndim", 0) == 2 else None
        )
    return None, tables[0] if len(tables) == 1 else None, None


def _multimodal(path: Path, _: dict[str, Any]) -> Facts:
    """Regions of a matrix."""
    return None, _table_shape(path, "\t")[1], None


def _trials(path: Path, _: dict[str, Any]) -> Facts:
    """Channels, and the length of a trial."""
    from neuro.io.foreign import open_hdf5

    with open_hdf5(path) as file:
        data = file["data"]
        sfreq = float(data.attrs["sfreq"])
        return sfreq, int(data.shape[1]), int(data.shape[2]) / sfreq


_READERS: dict[str, Callable[[Path, dict[str, Any]], Facts]] = {
    "eeg": _eeg,
    "meg": _meg,
    "fmri": _fmri,
    "calcium": _calcium,
    "spikes": _spikes,
    "features": _features,
    "multimodal": _multimodal,
    "trials": _trials,
}
