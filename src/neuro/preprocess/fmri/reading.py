"""Opening a recording: what it is, what lies beside it, and all that can be wrong before work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from neuro.io.bids import Recording
from neuro.io.damage import reading
from neuro.io.tables import read_tsv
from neuro.preprocess.fmri import sidecars
from neuro.preprocess.fmri.checks import check_source
from neuro.preprocess.fmri.volumes import ENDINGS, Volumes, load, open_volumes
from neuro.preprocess.names import listed

if TYPE_CHECKING:
    from neuro.config.fmri import FMRIPreprocess

Kind = Literal["preprocessed", "raw", "timeseries"]

CONFOUNDS = ("desc-confounds_timeseries", "desc-confounds_regressors")


@dataclass(frozen=True)
class Source:
    """A recording that was opened; no voxel is read yet.

    Parameters
    ----------
    root : Path
        The BIDS tree.
    recording : Recording
        Which recording of it.
    path : Path
        Its file.
    kind : str
        `preprocessed`, `raw` or `timeseries`.
    tr : float
        Repetition time, s.
    n_times : int
        Volumes.
    volumes : Volumes | None
        The header; None for parcels' time courses.
    told : dict
        The JSON sidecar.
    mask_path, confounds_path, events_path, t1_path : Path | None
        What lies beside it.
    names : list of str
        Parcels of a `timeseries`.
    notes : list of str
        What a reader of the results should know.
    """

    root: Path
    recording: Recording
    path: Path
    kind: Kind
    tr: float
    n_times: int
    volumes: Volumes | None
    told: dict[str, Any]
    mask_path: Path | None = None
    confounds_path: Path | None = None
    events_path: Path | None = None
    t1_path: Path | None = None
    names: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def space(self) -> str:
        """The BIDS entity `space`, or ''."""
        return sidecars.entities(self.path).get("space", "")


def open_recording(
    root: str | Path,
    recording: Recording,
    params: "FMRIPreprocess",
    events: Mapping[str, Sequence[str]],
) -> Source:
    """Open a recording and check headers, sidecars and tables against the configuration.

    Parameters
    ----------
    root : str | Path
        The BIDS tree.
    recording : Recording
        Which recording of it.
    params : FMRIPreprocess
        What shall be done.
    events : mapping of str to sequence of str
        Values of `trial_type` by condition.

    Raises
    ------
    FileNotFoundError, ValueError
        At the first thing that cannot work; names the file, the key and what to do.
    """
    root = Path(root)
    path = root / recording.path
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such recording; fetch the dataset again")
    kind = kind_of(path, params)
    told = sidecars.sidecar(root, recording)
    volumes = None if kind == "timeseries" else open_volumes(path)
    names = series_names(path) if kind == "timeseries" else []
    n_times = count_rows(path) if volumes is None else volumes.n_times
    tables = [p for c in CONFOUNDS for p in sidecars.beside(root, recording, c, [".tsv"])]
    tables_of_events = sidecars.beside(root, recording, "events", [".tsv"])
    methods = [step.method for step in params.chain]
    source = Source(
        root=root,
        recording=recording,
        path=path,
        kind=kind,
        tr=sidecars.repetition_time(told, volumes, params.tr, path),
        n_times=n_times,
        volumes=volumes,
        told=told,
        mask_path=None if volumes is None else _mask(root, recording, params),
        confounds_path=tables[0] if tables else None,
        events_path=tables_of_events[0] if tables_of_events else None,
        t1_path=sidecars.t1_of(root, recording) if "coregister" in methods else None,
        names=names,
        notes=_notes(kind, tables, params),
    )
    check_source(source, params, events)
    return source


def kind_of(path: Path, params: "FMRIPreprocess") -> Kind:
    """What a recording is, by its name and what the configuration says of it.

    Raises
    ------
    ValueError
        If its format is not known, if it is raw and no chain is given, or a chain is given for
        what is not raw.
    """
    chain = [step.method for step in params.chain]
    is_volumes = path.name.endswith(ENDINGS)
    if not is_volumes and not path.name.endswith("_timeseries.tsv"):
        raise ValueError(
            f"{path}: not a format that is read. Allowed: _bold.nii, _bold.nii.gz, _timeseries.tsv"
        )
    if is_volumes and "desc-preproc" not in path.name and not params.preprocessed:
        if not chain:
            raise ValueError(_RAW.format(path=path))
        return "raw"
    if chain:
        raise ValueError(
            f"{path}: preprocess.chain is for raw volumes, but this recording is preprocessed. "
            "Take `chain` out"
        )
    return "preprocessed" if is_volumes else "timeseries"


_RAW = (
    "{path}: these volumes are raw: neither head motion nor distortions are corrected. Either run "
    "fMRIPrep (https://fmriprep.org) and take its derivatives (_desc-preproc_bold.nii.gz) as the "
    "dataset; or ask for the light chain, which corrects less, by name: "
    "preprocess.chain: [slice_timing, realign, coregister, normalize]. Volumes that are realigned "
    "already but not named so: preprocess.preprocessed: true"
)


def series_names(path: Path) -> list[str]:
    """Names of the parcels in the header of a `_timeseries.tsv`.

    Raises
    ------
    ValueError
        If there is no header, or a name is empty or given twice.
    """
    with reading(path, "not a tab-separated table"), path.open(encoding="utf-8-sig") as file:
        names = file.readline().rstrip("\r\n").split("\t")
    if all(_is_fraction(name) for name in names):
        raise ValueError(
            f"{path}: its first row holds numbers ({listed(names, 3)}); write the parcels' names "
            "into the first row"
        )
    if double := sorted({name for name in names if names.count(name) > 1 or not name.strip()}):
        raise ValueError(f"{path}: parcels need names of their own; empty or given twice: {double}")
    return names


def _is_fraction(text: str) -> bool:
    try:
        return not float(text).is_integer()
    except ValueError:
        return False


def count_rows(path: Path) -> int:
    """Rows of a table without its header."""
    with path.open("rb") as file:
        return sum(1 for line in file if line.strip()) - 1


def read_series(path: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Read the parcels' time courses.

    Returns
    -------
    series : ndarray, shape (n_times, n_parcels)
        As they were stored.

    Raises
    ------
    ValueError
        If a value is missing or no number, or a parcel is constant.
    """
    table = read_tsv(path)
    kinds = {str(name): kind for name, kind in table.dtypes.items() if kind.kind not in "fiu"}
    if kinds:
        raise ValueError(f"{path}: columns must hold numbers; text in {listed(kinds)}")
    values = table.to_numpy(dtype=float)
    names = [str(name) for name in table]
    if broken := [n for n, column in zip(names, values.T, strict=True) if np.isnan(column).any()]:
        raise ValueError(
            f"{path}: missing values in parcel(s) {listed(broken)}. Repair the table, or leave the "
            "recording out with `recordings.exclude`"
        )
    if flat := [n for n, column in zip(names, values.T, strict=True) if np.ptp(column) == 0]:
        raise ValueError(f"{path}: constant parcel(s) {listed(flat)}; nothing was recorded there")
    return values


def _mask(root: Path, recording: Recording, params: "FMRIPreprocess") -> Path | None:
    """The mask that the configuration asks for; checked against the volumes' grid elsewhere."""
    if params.mask.path is not None:
        path = Path(params.mask.path).expanduser()
        load(path)
        return path
    if params.mask.method in ("epi", "all") or params.chain:
        return None
    found = sidecars.beside(root, recording, "desc-brain_mask", ENDINGS)
    if not found and params.mask.method == "given":
        raise FileNotFoundError(
            f"{root / recording.path}: preprocess.mask.method is `given`, but no "
            "_desc-brain_mask.nii.gz lies beside the recording. Add it, give preprocess.mask.path, "
            "or take `epi`"
        )
    return found[0] if found else None


def _notes(kind: Kind, tables: list[Path], params: "FMRIPreprocess") -> list[str]:
    if tables and params.confounds is None:
        return [
            "A confounds table lies beside the recording, but preprocess.confounds is null: no "
            "confounds were regressed out."
        ]
    if kind != "timeseries" and params.confounds is None:
        return ["No confounds were regressed out (preprocess.confounds is null)."]
    return []
