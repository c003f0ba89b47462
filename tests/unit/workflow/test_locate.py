"""The workflow is found in a checkout and in an installed package, and the wheel holds it whole."""

import shutil
import subprocess
import sys
import zipfile

import pytest

from neuro import cli
from neuro.workflow.locate import snakefile, workflow_folder


def test_a_checkout_has_its_workflow_above_the_package(root):
    assert workflow_folder() == root
    assert snakefile() == root / "Snakefile"


def test_an_installed_package_has_it_within(tmp_path):
    package = tmp_path / "site-packages" / "neuro"
    (package / "_workflow" / "rules").mkdir(parents=True)
    with pytest.raises(FileNotFoundError, match="install neuro-workflow anew"):
        workflow_folder(package)
    for name in ("Snakefile", "rules/common.smk"):
        (package / "_workflow" / name).touch()
    assert workflow_folder(package) == package / "_workflow"


def test_a_run_without_a_configuration_tells_where_there_are_some(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["run", "--cores", "1"]) == 1
    told = capsys.readouterr().err
    assert "config.yaml: there is no such file. `neuro init FOLDER`" in told


def test_the_options_of_a_run_are_snakemakes(tmp_path, monkeypatch):
    (tmp_path / "own.yaml").touch()
    monkeypatch.chdir(tmp_path)
    asked = []
    monkeypatch.setattr(
        cli.subprocess, "run", lambda command, **_: asked.append(command) or _Done()
    )
    assert cli.main(["run", "own.yaml", "-n", "--cores", "3", "states"]) == 0
    assert asked[1][-6:] == ["own.yaml", "--rerun-incomplete", "-n", "--cores", "3", "states"]
    cli.main(["run", "own.yaml"])
    assert asked[-1][-2:] == ["--cores", "all"]


class _Done:
    returncode = 0


def test_the_wheel_holds_the_workflow(root, tmp_path):
    code = (
        "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"
    )
    source = tmp_path / "source"
    source.mkdir()
    for name in ("src", "rules", "workflow", "envs"):
        shutil.copytree(root / name, source / name, ignore=shutil.ignore_patterns("*.egg-info"))
    for name in ("Snakefile", "config.yaml", "pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy2(root / name, source / name)
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=source, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    (wheel,) = tmp_path.glob("neuro_workflow-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    inside = {name.removeprefix("neuro/_workflow/") for name in names if "_workflow/" in name}
    wanted = ["Snakefile", "config.yaml", *_files(root, "rules"), *_files(root, "workflow")]
    assert [name for name in wanted if name not in inside] == []
    assert {"neuro/py.typed", "neuro/report/templates/style.css"} <= names
    assert not [name for name in names if "__pycache__" in name or ".snakemake" in name]


def _files(root, folder):
    listed = subprocess.run(
        ["git", "ls-files", folder], cwd=root, capture_output=True, text=True, check=False
    ).stdout.split()
    return listed or [path.relative_to(root).as_posix() for path in (root / folder).rglob("*.smk")]
