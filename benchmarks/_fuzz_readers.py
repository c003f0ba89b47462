"""What reads files that come from outside: how a small good one is made, and how it is read.

Recordings are read as `neuro check` reads them; some of them also as the listing and their first
job do, which take longer. Other files are read by the one function that opens them.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

Read = Callable[[Path, Path], Any]


@dataclass(frozen=True)
class Reader:
    """One kind of file.

    Parameters
    ----------
    make : callable
        Writes a good tree into a folder, and gives the file of it that shall be broken.
    read : callable
        Reads that tree; the second folder is for what comes of it.
    more : callable | None
        What else reads it.
    every : int
        One file out of so many is read by `more` too: after `read`, or before it by turns.
    """

    make: Callable[[Path], Path]
    read: Read
    more: Read | None = None
    every: int = 1


def _modality(
    modality: str, write: Callable[[Path], None], file: str, section: dict[str, Any] | None = None
) -> Reader:
    """A recording, or a file beside it, as the workflow meets it."""

    def make(root: Path) -> Path:
        root.mkdir(parents=True)
        write(root)
        if not (root / "participants.tsv").exists():
            (root / "participants.tsv").write_text("participant_id\nsub-1\n")
        return root / file

    every = next((n for n, of in EVERY.items() if modality in of or file.endswith(of)), 1)
    own = (modality, json.dumps(section or {}))
    return Reader(make, partial(_look, *own), partial(_work, *own), every)


EVERY = {8: ("eeg", "meg", ".nwb"), 4: ("fmri",)}
"""The looks at these open the file as their jobs do, whose further work takes many times longer."""


@cache
def _section(modality: str, extra: str, root: Path) -> Any:
    from neuro.config import validate

    source = {"type": "bids", "path": str(root)}
    own = {"modality": modality, "source": source, **json.loads(extra)}
    return validate({"datasets": {"d": own}}).datasets["d"]


def _recording(modality: str, root: Path) -> Any:
    from neuro.datasets.bids import scan

    (recording, *_) = scan(root, modality, None, "datasets.d.source")
    return recording


def _look(modality: str, extra: str, root: Path, _: Path) -> None:
    """What `neuro check` does."""
    from neuro.workflow.look import look

    section = _section(modality, extra, root)
    seen = look(root, _recording(modality, root), section).glance
    if seen.problems:
        raise ValueError(seen.problems[0])


def _work(modality: str, extra: str, root: Path, scratch: Path) -> None:
    """What the listing and the first job do."""
    from neuro.datasets.headers import header

    section, recording = _section(modality, extra, root), _recording(modality, root)
    header(root, recording, modality)
    if modality in JOBS:
        JOBS[modality](root, recording, section, scratch)


def _clean_eeg(root: Path, recording: Any, section: Any, scratch: Path) -> None:
    from neuro.preprocess.eeg import run

    run(
        scratch / "x_epo.fif",
        None,
        root=root,
        recording=recording,
        events=section.events,
        params=section.preprocess.cleaning,
        rng=np.random.default_rng(0),
    )


def _clean_meg(root: Path, recording: Any, section: Any, scratch: Path) -> None:
    from neuro.preprocess.meg.clean import run

    run(
        scratch / "x_raw.fif",
        root=root,
        recording=recording,
        params=section.preprocess.cleaning,
        rng=np.random.default_rng(0),
    )


def _clean_fmri(root: Path, recording: Any, section: Any, scratch: Path) -> None:
    from types import SimpleNamespace

    from neuro.preprocess.fmri.clean import run

    run(
        SimpleNamespace(voxels=scratch / "v.h5", maps=scratch / "maps"),
        root=root,
        recording=recording,
        events=section.events,
        params=section.preprocess,
    )


def _clean_calcium(root: Path, recording: Any, section: Any, scratch: Path) -> None:
    from neuro.preprocess.calcium.clean import run

    params = section.preprocess.cleaning
    run(scratch / "x_traces.h5", root=root, recording=recording, params=params)


def _bin_spikes(root: Path, recording: Any, section: Any, scratch: Path) -> None:
    from neuro.preprocess.spikes.binning import run

    params = section.preprocess.binning
    run(scratch / "x_spikes.h5", root=root, recording=recording, params=params)


def _fuse(root: Path, recording: Any, section: Any, scratch: Path) -> None:
    from neuro.analyses.fusion.reading import read_cohort

    read_cohort(root, section.fusion)


def _screen(root: Path, recording: Any, section: Any, scratch: Path) -> None:
    from neuro.analyses.screening.study import read_study

    study = read_study(root / recording.path, section.screening)
    for _ in study.features.chunks(64):
        pass


JOBS = {
    "eeg": _clean_eeg,
    "meg": _clean_meg,
    "fmri": _clean_fmri,
    "calcium": _clean_calcium,
    "spikes": _bin_spikes,
    "multimodal": _fuse,
    "features": _screen,
}


def _eeg_tree(root: Path) -> None:
    """Four channels, eight events, all sidecars."""
    import mne
    import mne_bids

    rng = np.random.default_rng(0)
    montage = mne.channels.make_standard_montage("biosemi16")
    info = mne.create_info(["Fz", "Cz", "Pz", "Oz"], 64.0, "eeg")
    with info._unlock():
        info["line_freq"] = 50.0
    raw = mne.io.RawArray(1e-5 * rng.standard_normal((4, 64 * 20)), info, verbose="error")
    raw.set_montage(montage)
    events = np.array([[96 + 128 * i, 0, 1 + i % 2] for i in range(8)])
    root.mkdir(parents=True, exist_ok=True)
    mne_bids.write_raw_bids(
        raw,
        mne_bids.BIDSPath(subject="01", task="oddball", datatype="eeg", root=root),
        events=events,
        event_id={"standard": 1, "target": 2},
        format="EDF",
        allow_preload=True,
        verbose="error",
    )


EEG = {
    "events": {"standard": ["standard"], "target": ["target"]},
    "preprocess": {
        "chain": [{"reference": {"channels": "average"}}],
        "epochs": {"tmin": -0.1, "tmax": 0.4, "baseline": None, "reject": None, "min_trials": 2},
    },
}
STEM = "sub-01/eeg/sub-01_task-oddball"


def _brainvision_tree(root: Path) -> None:
    """The same recording as text header, markers and samples."""
    import mne

    _eeg_tree(root)
    edf = root / f"{STEM}_eeg.edf"
    raw = mne.io.read_raw_edf(edf, preload=True, verbose="error")
    names = {name: root / f"{STEM}_eeg.{name}" for name in ("vhdr", "vmrk", "eeg")}
    samples = np.round(raw.get_data() * 1e7).astype("<i2")
    names["eeg"].write_bytes(samples.T.tobytes())
    channels = "".join(f"Ch{i + 1}={name},,0.1,µV\n" for i, name in enumerate(raw.ch_names))
    names["vhdr"].write_text(
        "Brain Vision Data Exchange Header File Version 1.0\n\n[Common Infos]\nCodepage=UTF-8\n"
        f"DataFile={names['eeg'].name}\nMarkerFile={names['vmrk'].name}\nDataFormat=BINARY\n"
        f"DataOrientation=MULTIPLEXED\nNumberOfChannels={len(raw.ch_names)}\n"
        f"SamplingInterval={1e6 / raw.info['sfreq']:g}\n\n[Binary Infos]\nBinaryFormat=INT_16\n\n"
        f"[Channel Infos]\n{channels}",
        encoding="utf-8",
    )
    names["vmrk"].write_text(
        "Brain Vision Data Exchange Marker File, Version 1.0\n\n[Common Infos]\nCodepage=UTF-8\n"
        f"DataFile={names['eeg'].name}\n\n[Marker Infos]\nMk1=New Segment,,1,1,0\n"
        "Mk2=Stimulus,S  1,64,1,0\n",
        encoding="utf-8",
    )
    edf.unlink()


def _meg_tree(root: Path) -> None:
    import mne

    rng = np.random.default_rng(0)
    n = 24
    info = mne.create_info([*(f"MEG{i}" for i in range(n)), "STI"], 100.0, ["mag"] * n + ["stim"])
    around = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    scalp = 0.09 * np.column_stack([np.cos(around), np.sin(around), np.abs(np.sin(3 * around))])
    head = mne.channels.make_dig_montage(
        nasion=[0, 0.09, 0], lpa=[-0.08, 0, 0], rpa=[0.08, 0, 0], hsp=scalp, coord_frame="head"
    )
    shift = np.eye(4)
    shift[2, 3] = 0.04
    with info._unlock():
        info["dev_head_t"] = mne.Transform("meg", "head", shift)
    info.set_montage(head, on_missing="ignore")
    data = np.vstack([1e-13 * rng.standard_normal((n, 500)), np.zeros(500)])
    folder = root / "sub-1/meg"
    folder.mkdir(parents=True)
    raw = mne.io.RawArray(data, info, verbose="error")
    raw.save(folder / "sub-1_task-x_meg.fif", verbose="error")


MEG = {"preprocess": {"chain": [{"filter": {"l_freq": 1, "h_freq": 40}}]}}


def _fmri_tree(ending: str, root: Path) -> None:
    import nibabel

    rng = np.random.default_rng(0)
    folder = root / "sub-1/func"
    folder.mkdir(parents=True)
    values = (100 + rng.standard_normal((4, 4, 4, 20))).astype(np.float32)
    image = nibabel.Nifti1Image(values, np.diag([3.0, 3, 3, 1]))
    image.header.set_xyzt_units("mm", "sec")
    image.header.set_zooms((3, 3, 3, 2.0))
    nibabel.save(image, folder / f"sub-1_task-x_desc-preproc_bold{ending}")
    (folder / "sub-1_task-x_desc-preproc_bold.json").write_text(
        json.dumps({"RepetitionTime": 2.0, "SliceTiming": [0.0, 0.5, 1.0, 1.5], "TaskName": "x"})
    )
    columns = ["trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z"]
    rows = "".join("\t".join(f"{v:.4f}" for v in row) + "\n" for row in rng.random((20, 6)))
    table = folder / "sub-1_task-x_desc-confounds_timeseries.tsv"
    table.write_text("\t".join(columns) + "\n" + rows)


def _parcels_tree(root: Path) -> None:
    rng = np.random.default_rng(0)
    folder = root / "sub-1/func"
    folder.mkdir(parents=True)
    rows = "".join("\t".join(f"{v:.4f}" for v in row) + "\n" for row in rng.random((40, 5)))
    (folder / "sub-1_task-x_timeseries.tsv").write_text("a\tb\tc\td\te\n" + rows)
    (folder / "sub-1_task-x_timeseries.json").write_text('{"RepetitionTime": 0.72}')


def _calcium_tree(kind: str, root: Path) -> None:
    """The same small movie's traces in one of the formats."""
    import h5py
    import pandas as pd

    rng = np.random.default_rng(0)
    values = (1 + rng.random((4, 200))).astype(np.float32)
    stem = root / "sub-1/ophys/sub-1_ophys"
    stem.parent.mkdir(parents=True)
    path = stem.with_name(stem.name + kind)
    if kind != ".json":
        stem.with_name(stem.name + ".json").write_text('{"SamplingFrequency": 10}')
    if kind == ".suite2p":
        path.mkdir()
        np.save(path / "F.npy", values)
        np.save(path / "Fneu.npy", 0.1 * values)
        np.save(path / "iscell.npy", np.ones((4, 2)))
    elif kind == ".h5":
        with h5py.File(path, "w") as file:
            file["estimates/C"] = values
            file["params/data/fr"] = 10.0
    elif kind == ".parquet":
        pd.DataFrame(values.T, columns=list("abcd")).to_parquet(path)
    elif kind == ".csv":
        pd.DataFrame(values.T, columns=list("abcd")).to_csv(path, index=False)
    elif kind == ".json":
        rows = [[i / 10, [float(v) for v in row]] for i, row in enumerate(values.T[:60])]
        path.write_text(json.dumps(rows))
    else:
        _nwb_movie(path, values)


def _nwb_movie(path: Path, values: Any) -> None:
    from datetime import UTC, datetime

    from pynwb import NWBHDF5IO, NWBFile
    from pynwb.ophys import Fluorescence, ImageSegmentation, OpticalChannel

    nwb = NWBFile("x", "x", datetime(2020, 1, 1, tzinfo=UTC))
    told = {"description": "x", "excitation_lambda": 488.0, "indicator": "x", "location": "x"}
    plane = nwb.create_imaging_plane(
        name="plane",
        device=nwb.create_device("scope"),
        optical_channel=OpticalChannel(name="green", description="x", emission_lambda=510.0),
        **told,
    )
    cells = ImageSegmentation().create_plane_segmentation("x", plane, "cells")
    for i in range(len(values)):
        cells.add_roi(pixel_mask=[(i, i, 1.0)])
    traces = Fluorescence()
    traces.create_roi_response_series(
        name="traces",
        data=values.T,
        rois=cells.create_roi_table_region("all", region=list(range(len(values)))),
        unit="lumens",
        rate=10.0,
    )
    module = nwb.create_processing_module("ophys", "x")
    module.add(cells.parent)
    module.add(traces)
    with NWBHDF5IO(path, "w") as file:
        file.write(nwb)


def _nwb_units(path: Path, times: Any) -> None:
    from datetime import UTC, datetime

    from pynwb import NWBHDF5IO, NWBFile

    nwb = NWBFile("x", "x", datetime(2020, 1, 1, tzinfo=UTC))
    nwb.add_unit_column("location", "region")
    for i, each in enumerate(times):
        nwb.add_unit(id=i, spike_times=each, location="ab"[i % 2])
    nwb.add_epoch(0.0, 60.0, ["whole"])
    with NWBHDF5IO(path, "w") as file:
        file.write(nwb)


CALCIUM = {"preprocess": {"chain": [{"derivative": {"method": "savgol"}}]}}


def _spikes_tree(kind: str, root: Path) -> None:
    """A few units in one of the formats."""
    rng = np.random.default_rng(0)
    times = [np.sort(rng.uniform(0, 60, 120)) for _ in range(3)]
    stem = root / "sub-1/ecephys/sub-1_task-x"
    stem.parent.mkdir(parents=True)
    path = stem.with_name(f"{stem.name}_ecephys{kind}")
    if kind == ".npz":
        index = np.repeat(np.arange(3), 120)
        arrays = {"t": np.concatenate(times), "index": index, "start": [0.0], "end": [60.0]}
        np.savez(path, **arrays)  # type: ignore[arg-type]
    elif kind == ".phy":
        path.mkdir()
        order = np.argsort(np.concatenate(times))
        samples = (np.concatenate(times)[order] * 1000).astype(np.int64)
        np.save(path / "spike_times.npy", samples)
        np.save(path / "spike_clusters.npy", np.repeat(np.arange(3), 120)[order].astype(np.int32))
        (path / "params.py").write_text("sample_rate = 1000.0\n")
        (path / "cluster_group.tsv").write_text("cluster_id\tgroup\n0\tgood\n1\tgood\n2\tmua\n")
    else:
        _nwb_units(path, times)


def _features_tree(kind: str, root: Path) -> None:
    """Twenty people, five features, an outcome."""
    import h5py
    import pandas as pd

    rng = np.random.default_rng(0)
    values = rng.standard_normal((20, 5))
    stem = root / "sub-1/features/sub-1_features"
    stem.parent.mkdir(parents=True)
    path = stem.with_name(stem.name + kind)
    table = pd.DataFrame(values, columns=[f"f{i}" for i in range(5)])
    people = pd.DataFrame({"subject": [f"p{i:02d}" for i in range(20)], "age": 20 + values[:, 0]})
    if kind in (".npy", ".h5"):
        side = stem.with_name("sub-1_subjects.tsv")
        people.to_csv(side, sep="\t", index=False)
        if kind == ".npy":
            np.save(path, values)
        else:
            with h5py.File(path, "w") as file:
                file["features"] = values
        return
    whole = pd.concat([people, table], axis=1)
    if kind == ".parquet":
        whole.to_parquet(path)
    else:
        whole.to_csv(path, sep="\t" if kind == ".tsv" else ",", index=False)


FEATURES = {"screening": {"outcome": "age", "exclude": ["subject"]}}


PERSON = "sub-001"
FUNCTION = "seg-simulated_stat-pearsoncorrelation"


def _people_tree(root: Path) -> None:
    from neuro.config import PeopleSource
    from neuro.datasets import fetch

    source = PeopleSource(type="people", n_subjects=12, n_regions=6, n_networks=1, network_size=2)  # type: ignore[call-arg]
    made = root.with_name("made")
    fetch.run(source, "d", 0, made / "fetch.json", progress=False, modality="multimodal")
    shutil.copytree(made / "bids", root, dirs_exist_ok=True)
    shutil.rmtree(made)


def _trials_tree(root: Path) -> None:
    from neuro.io.trials import TrialsFile, write_trials

    rng = np.random.default_rng(0)
    n = 12
    empty = np.full(n, "")
    write_trials(
        root / "sub-1/trials/sub-1_trials.h5",
        TrialsFile(
            data=rng.standard_normal((n, 3, 40)).astype(np.float32),
            labels=np.array(["a", "b"] * 6),
            channels=("Fz", "Cz", "Pz"),
            channel_types=("eeg",) * 3,
            sfreq=100.0,
            tmin=0.0,
            unit="V",
            part=np.repeat(["train", "test"], 6),
            subject=empty,
            session=empty,
            run=empty,
            onset=np.full(n, np.nan),
        ),
    )


TRIALS = {
    "eegbench": {"tasks": {"t": {"classes": {"a": ["a"], "b": ["b"]}, "splits": ["published"]}}}
}


def _file(name: str, write: Callable[[Path], None], read: Callable[[Path], Any]) -> Reader:
    """A file that one function opens."""

    def make(root: Path) -> Path:
        root.mkdir(parents=True)
        write(root / name)
        return root / name

    return Reader(make, lambda root, _: read(root / name))


def _read_config(path: Path) -> None:
    from neuro.config import ConfigError, load

    try:
        load(path)
    except ConfigError as error:
        raise ValueError(str(error)) from error


def _write_config(path: Path) -> None:
    path.write_bytes((Path(__file__).parents[1] / "config.yaml").read_bytes())


def _write_listing(path: Path) -> None:
    from neuro.datasets.table import COLUMNS

    rows = [f"{i:02d}\t1\trest\t\teeg\tsub-{i:02d}/eeg/x.edf\t128\t32\t60.0" for i in range(5)]
    path.write_text("\n".join(["\t".join(COLUMNS), *rows]) + "\n")


def _read_listing(path: Path) -> None:
    from neuro.datasets.table import read_recordings

    read_recordings(path)


def _write_hdf5(path: Path) -> None:
    from neuro.io.hdf5 import Array, write

    rng = np.random.default_rng(0)
    arrays = {
        "a/numbers": Array(rng.standard_normal((20, 30)), ("x", "y"), "V", {"sfreq": 3.0}),
        "names": Array(np.array(["one", "two"]), ("x",)),
    }
    write(path, arrays, {"seed": 1})


def _read_hdf5(path: Path) -> None:
    from neuro.io import hdf5

    hdf5.read(path)
    hdf5.read_params(path)
    hdf5.digest(path)


def _write_manifest(path: Path) -> None:
    from neuro.io.manifest import Citation, KeyNumber, Manifest, write

    number = KeyNumber(name="accuracy", value=0.8, interval=(0.7, 0.9), chance=0.5, n="20 trials")
    told = {"title": "A title", "question": "What is there?", "methods": ["A paragraph."]}
    cited = [Citation(text="Somebody (2020)", url="https://example.org")]
    write(path, Manifest(word="states", dataset="d", key_numbers=[number], citations=cited, **told))


def _read_manifest(path: Path) -> None:
    from neuro.io import manifest

    manifest.read(path)


def _write_failure(path: Path) -> None:
    told = {"rule": "r", "wildcards": {"dataset": "d"}, "error": "what\nwhere", "log": "x.log"}
    path.write_text(json.dumps(told))


def _read_failures(path: Path) -> None:
    from neuro.report.failures import read_failures

    read_failures(path.parent)


def _write_state(path: Path) -> None:
    import torch

    from neuro.torchkit.checkpoint import write_state

    write_state(path, {"w": torch.arange(600.0), "b": torch.ones(3, 4)}, {"step": 3})


def _read_state(path: Path) -> None:
    from neuro.torchkit.checkpoint import read_state

    read_state(path)


def _write_archive(path: Path) -> None:
    import tarfile
    import zipfile

    inside = {"d-1/data/a.txt": b"alpha" * 40, "d-1/data/b/c.txt": b"gamma", "d-1/x": b""}
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in inside.items():
                archive.writestr(name, content)
        return
    import io

    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as archive:
        for name, content in inside.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def _read_archive(path: Path) -> None:
    from neuro.datasets.archive import extract

    target = path.parent.parent / "out"
    shutil.rmtree(target, ignore_errors=True)
    before = set(path.parent.parent.parent.iterdir())
    extract(path, target, root="data", members=["**"], strip=True, where="datasets.d.source")
    escaped = set(path.parent.parent.parent.iterdir()) - before
    if escaped or any(p.is_symlink() for p in target.rglob("*")):
        raise RuntimeError(f"something got out of the archive: {escaped}")


def _write_ts(path: Path) -> None:
    trials = [",".join(f"{i}.{j}" for j in range(8)) for i in range(6)]
    rows = [":".join([trial] * 3 + ["ab"[i % 2]]) for i, trial in enumerate(trials)]
    header = "#a remark\n@problemName x\n@classLabel true a b\n@data\n"
    path.write_text(header + "\n".join(rows) + "\n")


def _read_ts(path: Path) -> None:
    from neuro.datasets.arrange.aeon import read_ts

    read_ts(path)


def _write_mat(path: Path) -> None:
    from scipy.io import savemat

    rng = np.random.default_rng(0)
    traces = np.empty(2, dtype=object)
    for i in range(2):
        traces[i] = np.empty(3, dtype=object)
        for j in range(3):
            traces[i][j] = rng.random(50)
    savemat(
        path,
        {
            "neurons": np.array(["AVAL", "AVAR"], dtype=object),
            "norm_traces": traces,
            "fps": 4.0,
            "stim_names": np.array(["x", "y"], dtype=object),
            "stim_times": np.array([[1.0, 2.0], [3.0, 4.0]]),
            "stims": np.array([[1, 2], [2, 1], [1, 2]]),
        },
    )


def _read_mat(path: Path) -> None:
    from neuro.datasets.neuropal_mat import read_worms

    read_worms(path)


def _write_pipeline(path: Path) -> None:
    path.write_text(
        "name: Own\nparadigms:\n  - LeftRightImagery\npipeline:\n"
        "  - name: StandardScaler\n    from: sklearn.preprocessing\n"
        "  - name: LogisticRegression\n    from: sklearn.linear_model\n"
        "    parameters:\n      C: 0.5\n"
    )


def _read_pipeline(path: Path) -> None:
    from neuro.analyses.eegbench.classical.load import read_pipeline

    read_pipeline(path)


READERS: dict[str, Reader] = {
    "config": _file("config.yaml", _write_config, _read_config),
    "recordings-tsv": _file("recordings.tsv", _write_listing, _read_listing),
    "eeg-edf": _modality("eeg", _eeg_tree, f"{STEM}_eeg.edf", EEG),
    "eeg-events-tsv": _modality("eeg", _eeg_tree, f"{STEM}_events.tsv", EEG),
    "eeg-channels-tsv": _modality("eeg", _eeg_tree, f"{STEM}_channels.tsv", EEG),
    "eeg-sidecar-json": _modality("eeg", _eeg_tree, f"{STEM}_eeg.json", EEG),
    "eeg-brainvision": _modality("eeg", _brainvision_tree, f"{STEM}_eeg.vhdr", EEG),
    "eeg-markers": _modality("eeg", _brainvision_tree, f"{STEM}_eeg.vmrk", EEG),
    "participants-tsv": _modality("eeg", _eeg_tree, "participants.tsv", EEG),
    "meg-fif": _modality("meg", _meg_tree, "sub-1/meg/sub-1_task-x_meg.fif", MEG),
    **{
        f"fmri-{kind}": _modality("fmri", partial(_fmri_tree, ending), f"sub-1/func/sub-1_{file}")
        for kind, ending, file in (
            ("nii", ".nii", "task-x_desc-preproc_bold.nii"),
            ("nii-gz", ".nii.gz", "task-x_desc-preproc_bold.nii.gz"),
            ("sidecar-json", ".nii", "task-x_desc-preproc_bold.json"),
            ("confounds-tsv", ".nii", "task-x_desc-confounds_timeseries.tsv"),
        )
    },
    "fmri-parcels-tsv": _modality("fmri", _parcels_tree, "sub-1/func/sub-1_task-x_timeseries.tsv"),
    **{
        f"calcium-{kind}": _modality(
            "calcium", partial(_calcium_tree, ending), f"sub-1/ophys/sub-1_ophys{file}", CALCIUM
        )
        for kind, ending, file in (
            ("nwb", ".nwb", ".nwb"),
            ("suite2p-npy", ".suite2p", ".suite2p/F.npy"),
            ("caiman-h5", ".h5", ".h5"),
            ("csv", ".csv", ".csv"),
            ("parquet", ".parquet", ".parquet"),
            ("worm-json", ".json", ".json"),
        )
    },
    **{
        f"spikes-{kind}": _modality(
            "spikes", partial(_spikes_tree, ending), f"sub-1/ecephys/sub-1_task-x_ecephys{file}"
        )
        for kind, ending, file in (
            ("nwb", ".nwb", ".nwb"),
            ("npz", ".npz", ".npz"),
            ("phy-npy", ".phy", ".phy/spike_times.npy"),
            ("phy-params", ".phy", ".phy/params.py"),
        )
    },
    **{
        f"features-{kind}": _modality(
            "features", partial(_features_tree, ending), f"sub-1/features/sub-1_{file}", FEATURES
        )
        for kind, ending, file in (
            ("tsv", ".tsv", "features.tsv"),
            ("csv", ".csv", "features.csv"),
            ("parquet", ".parquet", "features.parquet"),
        )
    },
    **{
        f"multimodal-{kind}": _modality("multimodal", _people_tree, file)
        for kind, file in (
            ("function-tsv", f"{PERSON}/func/sub-001_task-rest_{FUNCTION}_relmat.tsv"),
            ("structure-tsv", f"{PERSON}/dwi/sub-001_seg-simulated_stat-streamlines_relmat.tsv"),
            ("maps-tsv", f"{PERSON}/dwi/sub-001_seg-simulated_stat-fa_dwimap.tsv"),
        )
    },
    "trials-h5": _modality("trials", _trials_tree, "sub-1/trials/sub-1_trials.h5", TRIALS),
    "hdf5": _file("product.h5", _write_hdf5, _read_hdf5),
    "manifest-json": _file("manifest.json", _write_manifest, _read_manifest),
    "failure-json": _file("failure.json", _write_failure, _read_failures),
    "safetensors": _file("state.safetensors", _write_state, _read_state),
    "zip": _file("a.zip", _write_archive, _read_archive),
    "tar": _file("a.tar", _write_archive, _read_archive),
    "tar-gz": _file("a.tar.gz", _write_archive, _read_archive),
    "ts": _file("x.ts", _write_ts, _read_ts),
    "mat": _file("x.mat", _write_mat, _read_mat),
    "pipeline-yaml": _file("own.yaml", _write_pipeline, _read_pipeline),
}
