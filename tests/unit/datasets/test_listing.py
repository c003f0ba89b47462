import subprocess
import sys

import pytest

from neuro.config import BidsSource, Recordings, SimulateSource
from neuro.datasets.base import DatasetError
from neuro.datasets.listing import list_recordings, list_tree, read_listing
from neuro.datasets.table import COLUMNS, write_rows


@pytest.fixture
def tree(touch_tree):
    return touch_tree(
        *[
            f"sub-{s}/ses-{v}/eeg/sub-{s}_ses-{v}_task-{t}_run-{r}_eeg.edf"
            for s in ("01", "02")
            for v in ("a", "b")
            for t in ("rest", "face")
            for r in ("1", "2")
        ]
    )


def used(tree, **keys):
    source = BidsSource(type="bids", path=str(tree))
    return [r.name for r in list_recordings(source, Recordings(**keys), "mine")]


def test_everything_by_default(tree):
    assert len(used(tree)) == 16
    assert used(tree) == sorted(used(tree))


def test_filters_combine(tree):
    names = used(
        tree,
        subjects=["02"],
        sessions=["b"],
        tasks=["face", "rest"],
        runs=["2"],
        exclude=["sub-02_ses-b_task-rest_run-2"],
    )
    assert names == ["sub-02_ses-b_task-face_run-2"]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"subjects": ["03"]}, r"subjects: no recording has subject '03'"),
        ({"sessions": ["c"]}, r"sessions: .*'c'.*Found: a, b\."),
        ({"tasks": ["faces"]}, r"tasks: .*'faces'\. Did you mean 'face'\?"),
        ({"runs": ["01"]}, r"runs: .*'01'\. Did you mean '1'\?"),
        (
            {"exclude": ["sub-01_ses-a_task-rest_run-3"]},
            r"exclude: .*run-3'\. Did you mean 'sub-01_ses-a_task-rest_run-[12]'",
        ),
    ],
)
def test_name_of_nothing_is_an_error(tree, keys, message):
    with pytest.raises(DatasetError, match=rf"datasets\.mine\.recordings\.{message}"):
        used(tree, **keys)


def test_all_unknown_names_are_told_at_once(tree):
    with pytest.raises(DatasetError) as error:
        used(tree, subjects=["03"], tasks=["none"], exclude=["x"])
    assert len(str(error.value).splitlines()) == 3


def test_nothing_left_is_an_error(touch_tree):
    tree = touch_tree("sub-01/eeg/sub-01_task-a_eeg.edf", "sub-02/eeg/sub-02_task-b_eeg.edf")
    with pytest.raises(DatasetError, match="no recording is left"):
        used(tree, subjects=["01"], tasks=["b"])


def test_two_files_of_one_recording_are_an_error_where_they_are_used(touch_tree):
    tree = touch_tree(
        "sub-01/eeg/sub-01_task-a_eeg.edf",
        "sub-01/eeg/sub-01_task-a_eeg.set",
        "sub-02/eeg/sub-02_task-a_eeg.edf",
    )
    with pytest.raises(DatasetError, match=r"'sub-01_task-a': .*_eeg\.edf and .*_eeg\.set"):
        used(tree)
    assert used(tree, subjects=["02"]) == ["sub-02_task-a"]
    assert used(tree, exclude=["sub-01_task-a"]) == ["sub-02_task-a"]


def test_package_is_not_known_beforehand(toy_config):
    assert list_recordings(toy_config(), Recordings(), "toy") is None


def test_simulation_is_known_beforehand():
    source = SimulateSource(type="simulate", n_subjects=100)
    names = [r.name for r in list_recordings(source, Recordings(), "planted")]
    assert names[0] == "sub-001_task-oddball"
    assert names[-1] == "sub-100_task-oddball"
    assert len(names) == 100


def test_table_and_tree_give_the_same(tree, tmp_path):
    listed = list_tree(tree, Recordings(tasks=["face"]), "mine")
    everything = list_tree(tree, Recordings(), "mine")
    keys = ("subject", "session", "task", "run", "datatype", "path")
    rows = [
        {**{k: getattr(r, k) for k in keys}, "sfreq": "1.0", "n_channels": "1", "duration": "1.0"}
        for r in everything
    ]
    write_rows(tmp_path / "recordings.tsv", rows)
    assert read_listing(tmp_path / "recordings.tsv", Recordings(tasks=["face"]), "mine") == listed


def test_absent_entities_come_back_empty_from_a_table(tmp_path):
    path = tmp_path / "r.tsv"
    values = ["01", "n/a", "rest", "n/a", "eeg", "sub-01/eeg/sub-01_task-rest_eeg.edf", *"123"]
    path.write_text("\ufeff" + "\t".join(COLUMNS) + "\n" + "\t".join(values) + "\n")
    assert [r.name for r in read_listing(path, Recordings())] == ["sub-01_task-rest"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("subject\tpath\n01\tx\n", "lacks column"),
        ("", "lacks column"),
        ("\t".join(COLUMNS) + "\n01\n", "line 2"),
        ("\t".join(COLUMNS) + "\n" + "\t".join("n/a" for _ in COLUMNS) + "\n", "needs a subject"),
    ],
)
def test_broken_table_is_an_error(tmp_path, text, message):
    (tmp_path / "r.tsv").write_text(text)
    with pytest.raises(DatasetError, match=message):
        read_listing(tmp_path / "r.tsv", Recordings())


def test_listing_imports_nothing_heavy():
    code = (
        "import sys, neuro.datasets; print([m for m in ('mne', 'numpy', 'pandas', 'scipy', "
        "'requests', 'unearth', 'tqdm') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
