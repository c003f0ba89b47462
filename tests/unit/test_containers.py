"""Recipes of containers, which are not built here: what they name exists, and both say the same."""

import re
import tomllib

import pytest


@pytest.fixture
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text())


@pytest.fixture
def recipes(root):
    return {name: (root / "envs" / name).read_text() for name in ("Containerfile", "neuro.def")}


def copied(recipes):
    """Paths of the checkout that each recipe copies."""
    lines = re.findall(r"^COPY (.*) \S+$", recipes["Containerfile"], re.MULTILINE)
    apptainer = re.findall(r"^    (\S+) /neuro/\S+$", recipes["neuro.def"], re.MULTILINE)
    return {path for line in lines for path in line.split()}, set(apptainer)


def test_what_is_copied_exists_and_is_the_same(recipes, root):
    one, other = copied(recipes)
    assert one == other
    assert {"src", "rules", "workflow", "Snakefile"} <= one
    assert [path for path in sorted(one) if not (root / path).exists()] == []


def test_python_is_one_that_the_project_takes_and_ci_tests(recipes, project):
    asked = re.search(r">=(\d+)\.(\d+)", project["project"]["requires-python"]).groups()
    minimum = tuple(map(int, asked))
    for text in recipes.values():
        found = tuple(map(int, re.search(r"python:(\d+)\.(\d+)-slim", text).groups()))
        assert found >= minimum


def test_packages_come_pinned_with_extras_that_exist(recipes, project, root):
    pins = (root / ".ci/constraints.txt").read_text().splitlines()
    assert all("==" in line for line in pins if line and not line.startswith("#"))
    for text in recipes.values():
        (extras,) = re.findall(r'-c \.ci/constraints\.txt -e "\.\[(.*)\]"', text)
        assert set(extras.split(",")) <= set(project["project"]["optional-dependencies"])


def test_every_dependency_is_pinned(project, root):
    """A container of today and of next year have the same versions, but of torch: its builds
    differ from machine to machine.
    """
    pins = {
        re.split("==| @", line)[0].lower().replace("_", "-")
        for line in (root / ".ci/constraints.txt").read_text().splitlines()
    }
    extras = project["project"]["optional-dependencies"]
    asked = [*project["project"]["dependencies"], *extras["slurm"], *extras["sources"]]
    names = {re.match(r"[A-Za-z0-9._-]+", one)[0].lower().replace("_", "-") for one in asked}
    assert names - pins <= {"torch"}


def test_commands_exist(recipes, project):
    assert "neuro" in project["project"]["scripts"]
    for text in recipes.values():
        assert re.search(r"snakemake\W+--snakefile\W+/neuro/Snakefile\W+--rerun-incomplete", text)
