"""A folder of results is a BIDS derivative, by the field's own validator where it is installed."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from neuro import __version__
from neuro.io.derivatives import IGNORED, write_description

VALIDATOR = shutil.which(
    "bids-validator-deno", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
)
FETCHED = {"license": "CC0", "citation": "Someone et al. (2020)"}
PRODUCTS = """
components.tsv recordings.tsv units.tsv quality.tsv manifest.json connectivity.h5
figures/components.svg sub-01/eeg/sub-01_task-x_spectra_figures/power.svg
sub-01/eeg/sub-01_task-x_proc-clean_raw.fif sub-01/eeg/sub-01_task-x_proc-clean_epo.fif
sub-01/eeg/sub-01_task-x_ave.fif sub-01/eeg/sub-01_task-x_erp.h5
sub-01/eeg/sub-01_task-x_report.html sub-01/eeg/sub-01_task-x_decoding_manifest.json
sub-01/eeg/sub-01_task-x_manifest.json sub-01/eeg/sub-01_task-x_scores.tsv
sub-01/ses-2/func/sub-01_ses-2_task-x_run-1_maps/alff.nii.gz
sub-01/ses-2/func/sub-01_ses-2_task-x_run-1_maps/.snakemake_timestamp
sub-01/ses-2/ophys/sub-01_ses-2_traces.h5 sub-01/ses-2/ecephys/sub-01_ses-2_spikes.h5
"""


@pytest.fixture
def derivative(tmp_path):
    for name in PRODUCTS.split():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    write_description(tmp_path / "dataset_description.json", "mine", "clean EEG", FETCHED)
    return tmp_path


def test_the_description_tells_what_made_it(derivative):
    told = json.loads((derivative / "dataset_description.json").read_text())
    assert told["DatasetType"] == "derivative"
    assert told["GeneratedBy"] == [{"Name": "neuro-workflow", "Version": __version__}]
    assert (told["Name"], told["License"]) == ("mine: clean EEG", "CC0")
    readme = (derivative / "README.md").read_text()
    assert all(pattern in readme for pattern in IGNORED)


def test_the_validator_finds_no_error(derivative):
    if VALIDATOR is None:
        pytest.skip("bids-validator-deno is not installed; it is in the extra `bids`")
    said = validate(derivative)
    assert said["issues"]["issues"] == [] or {
        issue["severity"] for issue in said["issues"]["issues"]
    } == {"warning"}
    (derivative / ".bidsignore").unlink()
    codes = {issue["code"] for issue in validate(derivative)["issues"]["issues"]}
    assert "NOT_INCLUDED" in codes


def validate(folder):
    done = subprocess.run(
        [VALIDATOR, "--format", "json", str(folder)], capture_output=True, text=True, check=False
    )
    assert re.match(r"\s*\{", done.stdout), done.stderr
    return json.loads(done.stdout)


def test_every_summary_writes_the_three_files(root):
    rules = "".join(path.read_text() for path in sorted((root / "rules").glob("preprocess*.smk")))
    for name in ("dataset_description.json", "README.md", ".bidsignore"):
        assert rules.count(f'"results/{{dataset}}/preprocessed/{name}"') == 6
