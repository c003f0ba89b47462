"""What would be run, without running it."""

from collections import Counter

import mne_bids
import pytest

from neuro.workflow.plan import Plan

SPECTRALESS = {"chain": ["reference"]}
EACH = {"fetch_dataset": 1, "index_dataset": 1, "summarise_eeg": 1}


def test_a_fresh_run_has_one_job_per_recording_and_stage(workflow):
    stages = {"clean_eeg": 2, "average_eeg": 2, "inspect_eeg": 2, "report": 1, "all": 1}
    assert workflow.jobs() == Counter({**EACH, **stages})


def test_words_are_targets(workflow):
    assert workflow.jobs("preprocess") == Counter(
        {**EACH, "clean_eeg": 2, "average_eeg": 2, "preprocess": 1}
    )
    assert workflow.jobs("report")["report"] == 1


def test_the_alias_builds_the_same(workflow):
    assert workflow.jobs(snakefile="workflow/Snakefile") == workflow.jobs()


def test_an_excluded_recording_has_no_jobs(workflow, raw_config):
    raw_config["datasets"]["planted"]["recordings"] = {"exclude": ["sub-02_task-oddball"]}
    workflow.write(raw_config)
    assert workflow.jobs()["clean_eeg"] == 1


def test_spectra_are_estimated_where_they_are_asked_for(workflow, raw_config):
    raw_config["datasets"]["planted"]["preprocess"]["spectra"] = {"fmax": 30}
    other = {**raw_config["datasets"]["planted"], "preprocess": {**SPECTRALESS}}
    raw_config["datasets"]["other"] = other
    workflow.write(raw_config)
    jobs = workflow.jobs()
    assert jobs["clean_eeg"] == 4
    assert jobs["spectra_eeg"] == 2


def test_jobs_grow_with_recordings_and_datasets(workflow, raw_config):
    raw_config["datasets"]["planted"]["source"]["n_subjects"] = 50
    other = {**raw_config["datasets"]["planted"], "source": {"type": "simulate", "n_subjects": 3}}
    raw_config["datasets"]["other"] = other
    workflow.write(raw_config)
    jobs = workflow.jobs()
    assert jobs["clean_eeg"] == jobs["average_eeg"] == 53
    assert jobs["summarise_eeg"] == 2
    assert jobs["report"] == 1


def test_paths_expand_over_recordings_and_not_over_products(workflow, raw_config, tmp_path):
    """Sessions and runs that differ between subjects ask for no file that is not there."""
    tree = tmp_path / "tree"
    there = [("01", "a", "1"), ("01", "a", "2"), ("01", "b", None), ("02", "c", None)]
    for subject, session, run in there:
        path = mne_bids.BIDSPath(
            subject=subject, session=session, task="x", run=run, datatype="eeg",
            suffix="eeg", extension=".edf", root=tree,
        )  # fmt: skip
        path.fpath.parent.mkdir(parents=True, exist_ok=True)
        path.fpath.write_bytes(b"")
    (tree / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.9.0"}')
    raw_config["datasets"]["planted"]["source"] = {"type": "bids", "path": str(tree)}
    workflow.write(raw_config)
    assert workflow.jobs()["clean_eeg"] == 4


def test_a_source_that_cannot_be_listed_waits_for_the_checkpoint(workflow, raw_config):
    raw_config["datasets"]["planted"]["source"] = {
        "type": "package",
        "distribution": "recordings==1.0",
        "sha256": "0" * 64,
        "root": "recordings/bids",
    }
    workflow.write(raw_config)
    jobs = workflow.jobs()
    assert jobs["index_dataset"] == 1
    assert jobs["clean_eeg"] == 0


def test_a_broken_configuration_stops_before_any_job(workflow, raw_config):
    raw_config["datasets"]["planted"]["preprocess"]["chain"][0]["filter"]["lfreq"] = 1
    raw_config["sed"] = 1
    workflow.write(raw_config)
    run = workflow.run("-n")
    assert run.returncode != 0
    told = run.stdout + run.stderr
    assert "the_config.yaml: 2 problems" in told
    assert "filter.lfreq: unknown key. Did you mean 'l_freq'?" in told
    assert "Did you mean 'seed'?" in told


def test_params_hold_no_absolute_path_or_time(raw_config, tmp_path):
    plan = Plan.from_raw(raw_config)
    recording = plan.recordings("planted")[0]
    shown = str([plan.fetch_params("planted"), plan.section("planted", "preprocess")])
    assert "/" not in shown.replace(recording.folder, "").replace("eeg/", "")
    assert plan.raw_files("planted", recording) == ["data/planted/fetch.json"]


def test_an_unknown_analysis_is_told(raw_config):
    with pytest.raises(ValueError, match="No dataset lists 'states'"):
        Plan.from_raw(raw_config).feeding("states")
