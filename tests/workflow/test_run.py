"""The small configuration for real: from simulated raw files to the report."""

import json
import re
import shutil
import zipfile

import jsonschema
import pytest
import yaml

from neuro.io import manifest
from neuro.io.compare import content_digests
from neuro.io.tables import read_tsv

GOLDEN = """\
planted/preprocessed/.bidsignore
planted/preprocessed/README.md
planted/preprocessed/components.tsv
planted/preprocessed/dataset_description.json
planted/preprocessed/figures
planted/preprocessed/manifest.json
planted/preprocessed/sub-01/eeg/sub-01_task-oddball_ave.fif
planted/preprocessed/sub-01/eeg/sub-01_task-oddball_erp.h5
planted/preprocessed/sub-01/eeg/sub-01_task-oddball_figures
planted/preprocessed/sub-01/eeg/sub-01_task-oddball_manifest.json
planted/preprocessed/sub-01/eeg/sub-01_task-oddball_proc-clean_epo.fif
planted/preprocessed/sub-01/eeg/sub-01_task-oddball_report.html
planted/preprocessed/sub-02/eeg/sub-02_task-oddball_ave.fif
planted/preprocessed/sub-02/eeg/sub-02_task-oddball_erp.h5
planted/preprocessed/sub-02/eeg/sub-02_task-oddball_figures
planted/preprocessed/sub-02/eeg/sub-02_task-oddball_manifest.json
planted/preprocessed/sub-02/eeg/sub-02_task-oddball_proc-clean_epo.fif
planted/preprocessed/sub-02/eeg/sub-02_task-oddball_report.html
report/assets
report/complete.json
report/index.html
report/pages/analysis-preprocess.html
report/pages/dataset-planted.html
report/pages/methods.html
report/pages/quality.html
report/provenance.json
report/references.bib
"""


def listed(folder):
    """Files below a folder of results; folders of figures and assets stand for their content."""
    names = set()
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if parts[0] in {"logs", "benchmarks"}:
            continue
        for i, part in enumerate(parts):
            if part.endswith("figures") or part == "assets":
                names.add("/".join(parts[: i + 1]))
                break
        else:
            if path.is_file() and path.name != ".snakemake_timestamp":
                names.add("/".join(parts))
    return sorted(names)


def test_the_outputs_are_the_golden_list(finished):
    assert listed(finished.directory / "results") == GOLDEN.split()


def test_the_planted_component_is_recovered(finished):
    """Latency within two samples; amplitude within the average reference's share and noise."""
    table = read_tsv(finished.directory / "results/planted/preprocessed/components.tsv")
    assert len(table) == 2
    assert table["peak_latency_ms"].between(170 - 2000 / 128, 170 + 2000 / 128).all()
    assert table["peak_amplitude_uV"].between(-7.5, -3).all()
    assert (table["p"] <= 0.05).all()


def test_the_table_of_recordings_keeps_its_schema(finished, root):
    schema = yaml.safe_load((root / "workflow/schemas/recordings.schema.yaml").read_text())
    table = read_tsv(finished.directory / "data/planted/recordings.tsv")
    rows = json.loads(table.fillna("n/a").to_json(orient="records"))
    assert len(rows) == 2
    for row in rows:
        jsonschema.validate(row, schema)


def test_every_manifest_can_be_read(finished):
    paths = sorted((finished.directory / "results").rglob("*manifest.json"))
    assert len(paths) == 3
    assert {manifest.read(path).word for path in paths} == {"preprocess"}


def test_provenance_tells_what_the_results_were_made_with(finished):
    told = json.loads((finished.directory / "results/report/provenance.json").read_text())
    assert told["packages"]["numpy"]
    assert told["hardware"]["cores"] >= 1
    assert told["config"]["seed"] == 1
    assert len(told["datasets"]["planted"]["sha256"]) == 64
    erps = [path for path in told["results"] if path.endswith("_erp.h5")]
    assert len(erps) == 2


def test_the_page_stands_alone(finished):
    page = (finished.directory / "results/report/index.html").read_text()
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "planted" in page


def test_evoked_responses_can_be_looked_into(finished):
    page = (finished.directory / "results/report/pages/dataset-planted.html").read_text()
    assert 'data-view="erp"' in page
    assert '"name":"target-minus-standard"' in page


def test_quality_pages_are_linked_and_there(finished):
    report = finished.directory / "results/report"
    page = report / "pages/quality.html"
    links = re.findall(r'href="([^"]+_report\.html)"', page.read_text())
    assert len(links) == 2
    assert all((page.parent / link).is_file() for link in links)


def copied(finished, run):
    """The finished run in a folder of a test's own."""
    shutil.copytree(finished.directory, run, symlinks=True)
    here = type(finished).__new__(type(finished))
    here.directory, here.config = run, run / "the_config.yaml"
    return here


def test_results_that_were_deleted_are_made_again(finished, tmp_path):
    here = copied(finished, tmp_path / "run")
    shutil.rmtree(here.directory / "results/planted/preprocessed")
    done = here.run()
    assert done.returncode == 0, done.stderr
    assert listed(here.directory / "results") == GOLDEN.split()
    expected = content_digests(finished.directory / "results")
    assert content_digests(here.directory / "results") == expected


def test_a_second_run_has_nothing_to_do(finished):
    told = finished.run()
    assert told.returncode == 0
    assert "Nothing to be done" in told.stdout + told.stderr


def test_snakemake_makes_its_own_report(finished):
    archive = finished.directory / "report.zip"
    done = finished.run("--report", str(archive))
    assert done.returncode == 0, done.stderr
    names = zipfile.ZipFile(archive).namelist()
    assert sum(name.endswith(".svg") for name in names) >= 5


def test_another_run_gives_the_same_results(finished, workflow):
    """In another folder, on one core, the last recording first."""
    order = ["--scheduler", "greedy", "--prioritize"]
    order += ["results/planted/preprocessed/sub-02/eeg/sub-02_task-oddball_report.html"]
    done = workflow.run(*order, cores=1)
    assert done.returncode == 0, done.stderr
    told = done.stdout + done.stderr
    assert told.index("Cleaning sub-02") < told.index("Cleaning sub-01")
    first = content_digests(finished.directory / "results")
    assert content_digests(workflow.directory / "results") == first
    assert len(first) > 10


def test_another_seed_gives_other_results(finished, workflow, raw_config):
    raw_config["seed"] = 2
    workflow.write(raw_config)
    assert workflow.run("preprocess").returncode == 0
    name = "planted/preprocessed/components.tsv"
    other = content_digests(workflow.directory / "results")[name]
    assert other != content_digests(finished.directory / "results")[name]


def test_a_failing_recording_lets_the_others_go_on_and_is_listed(workflow):
    """The file is cut after the fetch; its size no longer fits what was fetched."""
    assert workflow.run("data/planted/recordings.tsv").returncode == 0
    (raw,) = workflow.directory.glob("data/planted/bids/sub-01/eeg/*.edf")
    raw.write_bytes(raw.read_bytes()[:-1000])
    done = workflow.run("--keep-going")
    assert done.returncode != 0
    assert "sub-01_task-oddball_eeg.edf" in done.stderr
    clean = workflow.directory / "results/planted/preprocessed"
    assert not list((clean / "sub-01").rglob("*.fif"))
    assert (clean / "sub-02/eeg/sub-02_task-oddball_erp.h5").is_file()
    page = (workflow.directory / "results/report/index.html").read_text()
    assert "sub-01_task-oddball_eeg.edf" in page
    assert "exclude" in page

    shutil.rmtree(workflow.directory / "data/planted")  # what the message says to do
    assert workflow.run().returncode == 0
    page = (workflow.directory / "results/report/index.html").read_text()
    assert "sub-01_task-oddball_eeg.edf" not in page


def test_code_decides_what_is_rerun(tmp_path, finished, root):
    """In a copy of the checkout: a comment reruns nothing, an expression the EEG jobs."""
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in ("Snakefile", "rules", "workflow", "src", "envs"):
        source = root / name
        ignore = shutil.ignore_patterns("__pycache__", "*.egg-info", ".snakemake")
        if source.is_dir():
            shutil.copytree(source, checkout / name, ignore=ignore)
        else:
            shutil.copy(source, checkout / name)
    here = copied(finished, tmp_path / "run")
    code = checkout / "src/neuro/preprocess/eeg.py"

    def planned():
        told = here.run("-n", snakefile=checkout / "Snakefile")
        assert told.returncode == 0, told.stderr
        return told.stdout + told.stderr

    assert "Nothing to be done" in planned()
    code.write_text(code.read_text() + "\n# A remark.\n")
    assert "Nothing to be done" in planned()
    code.write_text(code.read_text() + "\n_NEW = 1 + 1\n")
    told = planned()
    for rule, count in {
        "clean_eeg": 2,
        "average_eeg": 2,
        "inspect_eeg": 2,
        "summarise_eeg": 1,
    }.items():
        assert f"{rule} {count}" in " ".join(told.split())
    assert "fetch_dataset" not in told


@pytest.mark.slow
def test_a_killed_run_ends_as_if_it_had_not_been(workflow, finished):
    """SIGKILL at several moments; each time the lock is stale and jobs may still be running."""
    import subprocess
    import sys
    import time

    command = [sys.executable, "-m", "snakemake", "--snakefile", "Snakefile", "--cores", "2"]
    command += ["--configfile", str(workflow.config), "--directory", str(workflow.directory)]
    for seconds in (3, 6, 9):
        run = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        time.sleep(seconds)
        run.kill()
        run.wait()
        subprocess.run(
            [sys.executable, "-m", "neuro.workflow.orphans"], cwd=workflow.directory, check=True
        )
    done = workflow.run("--rerun-incomplete")
    assert done.returncode == 0, done.stderr
    expected = content_digests(finished.directory / "results")
    assert content_digests(workflow.directory / "results") == expected
