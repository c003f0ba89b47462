import pytest

from neuro.datasets.base import DatasetError
from neuro.workflow.digest import closure
from neuro.workflow.plan import Plan


def plan_of(modality, source):
    section = {"modality": modality, "source": source}
    return Plan.from_raw({"seed": 1, "report": {"title": "x"}, "datasets": {"mine": section}})


@pytest.fixture
def tree(tmp_path):
    for path in (
        "dataset_description.json",
        "sub-1/func/sub-1_task-x_space-A_desc-preproc_bold.nii.gz",
        "sub-1/func/sub-1_task-x_space-B_desc-preproc_bold.nii.gz",
        "sub-1/func/sub-1_task-x_desc-confounds_timeseries.tsv",
        "sub-1/func/sub-1_task-x_events.tsv",
        "sub-1/func/sub-1_task-y_events.tsv",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    return tmp_path


def test_jobs_watch_what_lies_beside_a_recording(tree):
    plan = plan_of("fmri", {"type": "bids", "path": str(tree), "entities": {"space": "B"}})
    (recording,) = plan.recordings("mine")
    assert recording.prefix == "sub-1/func/sub-1_task-x"
    names = [path.rpartition("/")[2] for path in plan.raw_files("mine", recording)]
    assert names == [
        "sub-1_task-x_space-B_desc-preproc_bold.nii.gz",
        "sub-1_task-x_desc-confounds_timeseries.tsv",
        "sub-1_task-x_events.tsv",
    ]


@pytest.mark.parametrize(
    ("modality", "name", "maker"),
    [
        ("fmri", "haxby", "neuro.datasets.arrange.haxby"),
        ("calcium", "pynapple-calcium", "neuro.datasets.tree"),
    ],
)
def test_code_that_makes_a_tree_counts_and_no_other(modality, name, maker):
    plan = plan_of(modality, {"type": "catalogue", "name": name})
    makers = plan.source("mine").makers
    assert maker in makers
    assert plan.fetch_params("mine")["code"]
    others = {"neuro.datasets.package", "neuro.datasets.web", "neuro.datasets.arrange.suite2p"}
    assert not closure(*makers) & others


def test_modality_that_the_source_has_not_is_an_error():
    plan = plan_of("fmri", {"type": "catalogue", "name": "mne-sample"})
    with pytest.raises(DatasetError, match=r"datasets\.mine\.modality must be 'meg'.*got 'fmri'"):
        plan.recordings("mine")


def test_recordings_of_what_is_downloaded_are_looked_up_in_a_table(tree):
    file = {"url": "https://example.org/a.nii", "sha256": "0" * 64, "path": "sub-a/func/a_bold.nii"}
    assert plan_of("fmri", {"type": "url", "files": [file]}).is_indexed("mine")
    known = {"type": "bids", "path": str(tree), "entities": {"space": "B"}}
    assert not plan_of("fmri", known).is_indexed("mine")
