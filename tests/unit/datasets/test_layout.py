import subprocess
import sys

import pytest

from neuro.config import BidsSource, Recordings
from neuro.datasets.base import DatasetError
from neuro.datasets.bids import scan
from neuro.datasets.fetched import check_files
from neuro.datasets.layout import LAYOUTS
from neuro.datasets.listing import list_recordings
from neuro.datasets.sidecars import belongings, told
from neuro.io.atomic import write_json


def paths(root, modality, **only):
    return [r.path.rpartition("/")[2] for r in scan(root, modality, only)]


def test_meg_files_and_folders_but_no_calibration_and_no_empty_room(touch_tree):
    root = touch_tree(
        "sub-01/ses-a/meg/sub-01_ses-a_task-x_meg.ds/x.meg4",
        "sub-01/ses-a/meg/sub-01_ses-a_task-x_run-2_split-01_meg.fif",
        "sub-01/ses-a/meg/sub-01_ses-a_task-x_run-2_split-02_meg.fif",
        "sub-01/ses-a/meg/sub-01_ses-a_acq-crosstalk_meg.fif",
        "sub-01/ses-a/meg/sub-01_ses-a_task-x_headshape.pos",
        "sub-emptyroom/ses-1/meg/sub-emptyroom_ses-1_task-noise_meg.fif",
        "sub-01/ses-a/eeg/sub-01_ses-a_task-x_eeg.fif",
    )
    assert paths(root, "meg") == [
        "sub-01_ses-a_task-x_meg.ds",
        "sub-01_ses-a_task-x_run-2_split-01_meg.fif",
    ]


def test_preprocessed_images_come_before_raw_ones(touch_tree):
    root = touch_tree(
        "sub-1/func/sub-1_task-x_bold.nii.gz",
        "sub-1/func/sub-1_task-x_space-T1w_desc-preproc_bold.nii.gz",
        "sub-1/func/sub-1_task-x_space-T1w_desc-brain_mask.nii.gz",
        "sub-1/func/sub-1_task-x_space-T1w_boldref.nii.gz",
        "sub-1/func/sub-1_task-x_desc-confounds_timeseries.tsv",
        "sub-1/func/sub-1_task-x_space-fsLR_bold.dtseries.nii",
        "sub-1/func/sub-1_task-y_bold.nii",
        "sub-2/func/sub-2_task-x_timeseries.tsv",
    )
    assert paths(root, "fmri") == [
        "sub-1_task-x_space-T1w_desc-preproc_bold.nii.gz",
        "sub-1_task-y_bold.nii",
        "sub-2_task-x_timeseries.tsv",
    ]


SPACES = [
    "sub-1/func/sub-1_task-x_space-MNI6_desc-preproc_bold.nii.gz",
    "sub-1/func/sub-1_task-x_space-T1w_desc-preproc_bold.nii.gz",
    "sub-1/func/sub-1_task-x_desc-preproc_bold.nii.gz",
]


def used(root, modality="fmri", **keys):
    source = BidsSource(type="bids", path=str(root), **keys)
    return [r.path for r in list_recordings(source, Recordings(), "mine", modality)]


@pytest.mark.parametrize(("label", "expected"), [("MNI6", 0), ("T1w", 1), ("", 2)])
def test_one_of_several_spaces_is_chosen(touch_tree, label, expected):
    assert used(touch_tree(*SPACES), entities={"space": label}) == [SPACES[expected]]


def test_several_spaces_are_an_error_that_names_the_key(touch_tree):
    with pytest.raises(
        DatasetError,
        match=r"two files are the recording 'sub-1_task-x'.*differ in space; choose one, e\.g\. "
        r"`datasets\.mine\.source\.entities: \{space: MNI6\}`",
    ):
        used(touch_tree(*SPACES[:2]))


def test_several_echoes_are_an_error_that_names_the_key(touch_tree):
    files = [f"sub-1/func/sub-1_task-x_echo-{i}_bold.nii.gz" for i in (1, 2)]
    root = touch_tree(*files)
    with pytest.raises(DatasetError, match=r"entities: \{echo: 1\}"):
        used(root)
    assert used(root, entities={"echo": "2"}) == files[1:]


def test_label_that_nothing_has_is_an_error(touch_tree):
    with pytest.raises(
        DatasetError,
        match=r"datasets\.mine\.source\.entities\.space: no recording has space 'MNI7'\. Did you "
        r"mean 'MNI6'\? There are: '', 'MNI6', 'T1w'",
    ):
        used(touch_tree(*SPACES), entities={"space": "MNI7"})


def test_table_or_image_of_one_recording(touch_tree):
    files = ["sub-1/func/sub-1_task-x_bold.nii", "sub-1/func/sub-1_task-x_timeseries.tsv"]
    root = touch_tree(*files)
    with pytest.raises(DatasetError, match=r"differ in suffix.*\{suffix: bold\}"):
        used(root)
    assert used(root, entities={"suffix": "timeseries"}) == files[1:]


def test_json_is_a_recording_only_where_it_is_alone(touch_tree):
    root = touch_tree(
        "sub-1/ophys/sub-1_ophys.json",
        "sub-1/ophys/sub-1_neurons.json",
        "sub-2/ophys/sub-2_ophys.json",
        "sub-2/ophys/sub-2_ophys.csv",
        "sub-3/ses-1/ophys/sub-3_ses-1_ophys.suite2p/F.npy",
        "sub-3/ses-1/ophys/sub-3_ses-1_ophys.json",
        "sub-4/ophys/sub-4_ophys.nwb",
    )
    assert paths(root, "calcium") == [
        "sub-1_ophys.json",
        "sub-2_ophys.csv",
        "sub-3_ses-1_ophys.suite2p",
        "sub-4_ophys.nwb",
    ]


def test_spikes(touch_tree):
    root = touch_tree(
        "sub-1/ecephys/sub-1_ecephys.phy/params.py",
        "sub-2/ecephys/sub-2_ecephys.nwb",
        "sub-3/ecephys/sub-3_ecephys.npz",
        "sub-3/ecephys/sub-3_epochs.tsv",
    )
    endings = [path.rpartition(".")[2] for path in paths(root, "spikes")]
    assert endings == ["phy", "nwb", "npz"]


@pytest.mark.parametrize("modality", sorted(LAYOUTS))
def test_tree_without_the_modality_is_an_error_that_says_what_is_looked_for(touch_tree, modality):
    root = touch_tree("sub-1/beh/sub-1_task-x_beh.tsv")
    with pytest.raises(DatasetError, match=rf"looked for sub-.*\]{LAYOUTS[modality].folder}/\*_"):
        used(root, modality)


def test_what_belongs_to_a_recording(touch_tree):
    own = [
        "sub-1/func/sub-1_task-x_run-1_desc-preproc_bold.nii.gz",
        "sub-1/func/sub-1_task-x_run-1_events.tsv",
        "sub-1/func/sub-1_task-x_desc-brain_mask.nii.gz",
        "task-x_bold.json",
        "sub-1/dwi/sub-1_desc-counts_connectome.tsv",
    ]
    others = [
        "sub-1/func/sub-1_task-x_run-2_desc-preproc_bold.nii.gz",
        "sub-1/func/sub-1_task-x_run-2_events.tsv",
        "sub-1/func/sub-1_task-y_events.tsv",
        "task-y_bold.json",
        "sub-2/dwi/sub-2_desc-counts_connectome.tsv",
    ]
    root = touch_tree(*own, *others)
    first = scan(root, "fmri")[0]
    found = [path.relative_to(root).as_posix() for path in belongings(root, first, "fmri")]
    assert found[0] == own[0]
    assert sorted(found) == sorted(own)


def test_folder_belongs_as_its_files(touch_tree):
    names = ["F.npy", "plane1/Fneu.npy"]
    root = touch_tree(*(f"sub-1/ophys/sub-1_ophys.suite2p/{name}" for name in names))
    (recording,) = scan(root, "calcium")
    found = belongings(root, recording, "calcium")
    assert [path.relative_to(root / recording.path).as_posix() for path in found] == names


def test_parts_of_a_split_recording_belong_to_it(touch_tree):
    names = [f"sub-1/meg/sub-1_task-x_split-0{i}_meg.fif" for i in (1, 2, 3)]
    root = touch_tree(*names)
    (recording,) = scan(root, "meg")
    assert [p.relative_to(root).as_posix() for p in belongings(root, recording, "meg")] == names


def test_the_nearest_sidecar_has_the_last_word(touch_tree):
    root = touch_tree("sub-1/func/sub-1_task-x_run-1_bold.nii")
    write_json(root / "task-x_bold.json", {"RepetitionTime": 1, "TaskName": "x", "EchoTime": 3})
    write_json(root / "task-y_bold.json", {"RepetitionTime": 9})
    write_json(root / "sub-1/sub-1_bold.json", {"EchoTime": 4})
    write_json(root / "sub-1/func/sub-1_task-x_run-1_bold.json", {"RepetitionTime": 2})
    (recording,) = scan(root, "fmri")
    assert told(root, recording) == {"RepetitionTime": 2, "TaskName": "x", "EchoTime": 4}
    (root / "sub-1/sub-1_bold.json").write_text("[1]")
    with pytest.raises(ValueError, match=r"sub-1_bold\.json: must hold a JSON object, got list"):
        told(root, recording)


@pytest.mark.parametrize(
    ("files", "recording"),
    [
        (["sub-1_ophys.suite2p/F.npy", "sub-1_ophys.suite2p/iscell.npy"], "sub-1_ophys.suite2p"),
        (["a_split-01_meg.fif", "a_split-02_meg.fif"], "a_split-01_meg.fif"),
        (["a_meg.fif", "a_meg-1.fif"], "a_meg.fif"),
    ],
)
def test_every_part_of_a_recording_is_checked(tmp_path, files, recording):
    for name in files:
        (tmp_path / "bids" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "bids" / name).write_bytes(b"1234")
    entries = [{"path": name, "size": 4} for name in files]
    record = tmp_path / "fetch.json"
    write_json(record, {"root": "bids", "in_place": False, "files": entries})
    assert check_files(record, recording) == tmp_path / "bids" / recording
    (tmp_path / "bids" / files[1]).write_bytes(b"12")
    with pytest.raises(DatasetError, match="expected 4 bytes, found 2"):
        check_files(record, recording)


def test_plan_of_any_modality_imports_nothing_heavy(touch_tree):
    root = touch_tree("sub-1/func/sub-1_task-x_bold.nii.gz")
    code = f"""
import sys
from neuro.config import BidsSource, Recordings
from neuro.datasets.listing import list_recordings
import neuro.workflow.plan
list_recordings(BidsSource(type="bids", path={str(root)!r}), Recordings(), "m", "fmri")
heavy = ("mne", "numpy", "pandas", "scipy", "h5py", "nibabel", "nilearn", "pynwb", "requests")
print([m for m in heavy if m in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
