"""What the documentation shows: scripts that run, templates that work, messages that exist."""

import csv
import importlib.util
import re
import runpy
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
import yaml

from neuro.config import ANALYSES
from neuro.datasets.base import FetchContext
from neuro.io import hdf5, manifest


@pytest.fixture(scope="module")
def hooks(request):
    path = request.config.rootpath / "docs/hooks.py"
    spec = importlib.util.spec_from_file_location("docs_hooks", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("word", ANALYSES)
def test_a_page_tells_question_method_parameters_figures_limits_and_numbers(root, word):
    text = (root / f"docs/{word}.md").read_text()
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    for wanted in ("Parameters", "How to read the figures", "Limits"):
        assert wanted in headings
    assert re.search(r"^[A-Z].*$", text.split("\n", 2)[2], re.MULTILINE), "no question"
    assert re.search(r"\(?(19|20)\d\d\b", text), "no source"
    assert f"python -m benchmarks.{word}" in text or word == "eegbench"
    assert "configuration.md" in text


@pytest.mark.parametrize("word", ANALYSES)
def test_a_script_of_the_gallery_is_short_and_has_a_page(root, hooks, word):
    script = root / f"docs/gallery/{word}.py"
    assert len(script.read_text().splitlines()) < 40
    page = hooks.page(script)
    assert page.startswith("# ")
    assert "import neuro\n" in page
    assert f"({word}.svg)" in page


def test_the_gallery_is_of_all_analyses_and_in_the_navigation(root, hooks):
    assert set(hooks.WORDS) == set(ANALYSES)
    navigation = (root / "mkdocs.yml").read_text()
    for word in ANALYSES:
        assert f"- gallery/{word}.md" in navigation
        assert f"- api/{word}.md" in navigation
    pages = {path.name for path in (root / "docs").glob("*.md")}
    assert {name for name in pages if f"- {name}" not in navigation} == set()


# Two that are quick and of several libraries; the others run in the slow tests and in `make docs`.
QUICK = ("screening", "graphs")


@pytest.mark.parametrize(
    "word",
    [word if word in QUICK else pytest.param(word, marks=pytest.mark.slow) for word in ANALYSES],
)
def test_a_script_of_the_gallery_draws_a_figure(root, word):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        figure = runpy.run_path(str(root / f"docs/gallery/{word}.py"))["figure"]
    assert len(figure.axes) >= 1
    assert all(axes.has_data() for axes in figure.axes)
    plt.close("all")


def template(root, name):
    path = root / f"docs/templates/{name}.py"
    assert len(path.read_text().splitlines()) < 40
    assert f'--8<-- "templates/{name}.py"' in (root / "docs/developers.md").read_text()
    return runpy.run_path(str(path))


def test_the_template_of_a_source_fetches_a_tree(root, tmp_path):
    given = template(root, "source")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/01.csv").write_text("A,B\n1,2\n")
    source = given["TracesSource"](
        given["TracesConfig"](type="traces", folder=str(tmp_path / "in")), "mine", "calcium"
    )
    source.fetch(tmp_path / "out", FetchContext(0, tmp_path, progress=False))
    (recording,) = source.listing()
    assert (tmp_path / "out" / recording.path).read_text() == "A,B\n1,2\n"
    assert (tmp_path / "out/dataset_description.json").is_file()


def test_the_template_of_a_method_takes_part_in_the_benchmark(root):
    import mne

    import neuro

    rng = np.random.default_rng(0)
    events = np.c_[np.arange(60) * 300, np.zeros(60, int), np.arange(60) % 2 + 1]
    data = rng.standard_normal((60, 3, 30))
    data[::2, 0] += 1
    info = mne.create_info(3, 100.0, "eeg")
    epochs = mne.EpochsArray(data * 1e-6, info, events, event_id={"a": 1, "b": 2}, verbose=False)
    table = neuro.eegbench.benchmark(epochs, ["dummy", template(root, "method")["nearest"]])
    mean = table[table["metric"] == "auroc"].groupby("method")["value"].mean()
    assert mean["nearest-mean"] > 0.8


def test_the_template_of_an_analysis_writes_a_manifest(root, tmp_path):
    time = np.arange(400) / 100
    series = np.sin(2 * np.pi * 10 * time) * np.ones((3, 1))
    hdf5.write(tmp_path / "in.h5", {"parcels": hdf5.Array(series, ("parcel", "time"))}, {})
    outputs = {
        "spectra": tmp_path / "spectra.h5",
        "figures": tmp_path / "figures",
        "manifest": tmp_path / "manifest.json",
    }
    template(root, "analysis")["run"]([tmp_path / "in.h5"], outputs, dataset="x", smoothing=1)
    told = manifest.read(outputs["manifest"])
    assert told.key_numbers[0].value == 40  # 10 Hz in bins of 0.25 Hz


def test_the_messages_of_the_list_of_errors_are_the_programs(root):
    source = "\n".join(path.read_text() for path in (root / "src/neuro").rglob("*.py"))
    joined = re.sub(r'"\s*\n\s*f?"', "", source)
    messages = re.findall(r"^\| `(.+?)` \|", (root / "docs/faq.md").read_text(), re.MULTILINE)
    assert len(messages) >= 15
    assert [message for message in messages if message not in joined] == []


def test_the_page_of_benchmarks_has_every_claim(root):
    with (root / "benchmarks/claims.tsv").open() as file:
        claims = {row["claim"] for row in csv.DictReader(file, delimiter="\t")}
    text = (root / "docs/benchmarks.md").read_text()
    assert {claim for claim in claims if f"`{claim}`" not in text} == set()


def test_the_files_for_the_catalogue_and_for_hooks_are_the_projects(root):
    usage = yaml.safe_load((root / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert usage["software-stack-deployment"]["conda"] is True
    assert (root / "config/README.md").is_file()
    hooks = yaml.safe_load((root / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    lint = (root / "Makefile").read_text()
    for hook in hooks:
        program = hook["entry"].split()[0].removeprefix(".venv/bin/")
        assert f"$(BIN)/{program}" in lint
    for name in ("tests", "release"):
        jobs = yaml.safe_load((root / f".github/workflows/{name}.yml").read_text())["jobs"]
        assert all("runs-on" in job for job in jobs.values())
