"""The project's own promises: environments, layout, no trace of one machine."""

import importlib.util
import re
import subprocess
import tomllib

import pytest
import yaml

from neuro.config import ANALYSES


@pytest.fixture(scope="module")
def project(request):
    return tomllib.loads((request.config.rootpath / "pyproject.toml").read_text())["project"]


def test_the_conda_environment_is_the_projects(root, project):
    python, pip, packages = yaml.safe_load((root / "envs/neuro.yaml").read_text())["dependencies"]
    assert python == f"python{project['requires-python']}"
    assert pip == "pip"
    assert packages == {"pip": project["dependencies"]}


def test_constraints_name_neither_torch_nor_hashes(root):
    lines = (root / ".ci/constraints.txt").read_text().splitlines()
    assert len(lines) > 20
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line), line
        assert not re.match(r"(torch|torchaudio|torchvision)==", line, re.IGNORECASE)


@pytest.mark.parametrize("word", ["preprocess", *ANALYSES])
def test_one_word_everywhere(root, word):
    places = [f"rules/{word}.smk", f"docs/{word}.md"]
    if word in ANALYSES:
        places += [f"src/neuro/analyses/{word}", f"tests/unit/analyses/{word}"]
        places += [f"benchmarks/{word}.py"]
    assert [place for place in places if not (root / place).exists()] == []


def test_every_rule_says_what_it_needs(root):
    rules = [path for path in (root / "rules").glob("*.smk") if path.name != "common.smk"]
    for path in rules:
        for rule in re.split(r"\n(?=rule |checkpoint )", "\n" + path.read_text()):
            if "script:" not in rule:
                continue
            for directive in (
                "output", "log", "benchmark", "threads", "resources", "conda", "params", "message",
            ):  # fmt: skip
                assert f"    {directive}:" in rule, f"{path.name}: {directive} missing in {rule}"
            assert "numeric_threads=" in rule
            assert "mem_mb=" in rule
            assert "runtime=" in rule


def test_shims_are_thin(root):
    for path in (root / "workflow/scripts").glob("*.py"):
        code = [line for line in path.read_text().splitlines() if line.strip()]
        body = [line for line in code if not line.strip().startswith(("from ", "import "))]
        assert len(body) <= 15, path.name


def test_no_file_names_one_machine(root):
    listed = subprocess.run(
        ["git", "ls-files"], cwd=root, capture_output=True, text=True, check=False
    ).stdout.split()
    if not listed:
        pytest.skip("not a git checkout")
    pattern = re.compile(r"(?<![\w/.])/(work|root|opt|home/(?!user))/")
    found = [
        name
        for name in listed
        if (root / name).suffix in {".py", ".smk", ".yaml", ".toml", ".md", ".txt", ""}
        and (root / name).is_file()
        and pattern.search((root / name).read_text(encoding="utf-8"))
        and name != "tests/unit/test_project.py"
    ]
    assert found == []


def test_the_configuration_in_the_readme_is_valid(root):
    from neuro.config import validate

    (example,) = re.findall(r"```yaml\n(.*?)```", (root / "README.md").read_text(), re.DOTALL)
    dataset = validate(yaml.safe_load(example)).datasets["mine"]
    assert [step.method for step in dataset.preprocess.chain] == [
        "filter",
        "bad_channels",
        "interpolate",
        "reference",
    ]


def test_the_docs_name_targets_that_exist(root):
    names = set(re.findall(r"^(?:rule|checkpoint) (\w+):", "\n".join(
        path.read_text() for path in [root / "Snakefile", *(root / "rules").glob("*.smk")]
    ), re.MULTILINE))  # fmt: skip
    told = set(re.findall(r"`snakemake --cores 2 (\w+)`", (root / "README.md").read_text()))
    assert told <= names


def test_profiles_name_options_that_exist(root):
    """Snakemake itself ignores a key of a profile that it does not know."""
    from snakemake.cli import get_argument_parser

    known = {
        text.lstrip("-")
        for action in get_argument_parser()._actions
        for text in action.option_strings
    }
    slurm = importlib.util.find_spec("snakemake_executor_plugin_slurm") is not None
    for path in (root / "workflow/profiles").glob("*/config.yaml"):
        keys = set(yaml.safe_load(path.read_text()))
        keys -= set() if slurm else {key for key in keys if key.startswith("slurm-")}
        assert keys - known == set(), path
