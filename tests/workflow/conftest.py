"""Running the workflow in tests: dry through Snakemake's API, for real as a user does."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml
from snakemake.api import SnakemakeApi
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    OutputSettings,
    Quietness,
    ResourceSettings,
)

ROOT = Path(__file__).parents[2]


class Workflow:
    """One working directory with one configuration."""

    def __init__(self, directory, raw_config):
        self.directory = directory
        self.config = directory / "the_config.yaml"
        self.write(raw_config)

    def write(self, raw_config):
        self.config.write_text(yaml.safe_dump(raw_config))

    def jobs(self, *targets, snakefile="Snakefile"):
        """Rules, and how many jobs of each, that a dry run would start."""
        with SnakemakeApi(OutputSettings(dryrun=True, quiet={Quietness.ALL})) as api:
            workflow = api.workflow(
                resource_settings=ResourceSettings(cores=1),
                config_settings=ConfigSettings(configfiles=[self.config]),
                snakefile=ROOT / snakefile,
                workdir=self.directory,
            )
            dag = workflow.dag(DAGSettings(targets=frozenset(targets)))
            dag.execute_workflow(executor="dryrun")
            needed = workflow._workflow_store.dag.needrun_jobs(exclude_finished=False)
            return Counter(job.rule.name for job in needed)

    def run(self, *arguments, snakefile=ROOT / "Snakefile", cores=2):
        """Run Snakemake as a user does; the finished process with its output."""
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile)]
        command += ["--cores", str(cores), "--configfile", str(self.config)]
        return subprocess.run(
            [*command, "--directory", str(self.directory), *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": ""},
        )


@pytest.fixture(scope="session")
def make_workflow():
    """A working directory with a configuration, of a test's own."""
    return Workflow


@pytest.fixture
def workflow(tmp_path, raw_config):
    return Workflow(tmp_path, raw_config)


@pytest.fixture(scope="session")
def finished(tmp_path_factory, shared_config):
    """A finished run of the small configuration, shared by tests that leave it as it is."""
    made = Workflow(tmp_path_factory.mktemp("finished"), shared_config)
    done = made.run()
    assert done.returncode == 0, done.stderr
    return made
