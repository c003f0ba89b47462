"""Pipelines from YAML: what is read, what is refused, and that moabb reads the same."""

import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from neuro.analyses.eegbench.classical.load import read_folder, read_pipeline
from neuro.analyses.eegbench.classical.methods import SHIPPED, classical_methods

GOOD = """
name: Own
paradigms: [P300]
citations: Nobody
pipeline:
  - {name: StandardScaler, from: sklearn.preprocessing}
  - {name: LogisticRegression, from: sklearn.linear_model, parameters: {C: 2.0}}
param_grid:
  logisticregression__C: [0.1, 1.0]
"""


def write(folder, text, name="own.yml"):
    path = folder / name
    path.write_text(text)
    return path


def test_a_users_pipeline_is_read_and_added(tmp_path):
    entry = read_pipeline(write(tmp_path, GOOD))
    assert (entry.name, entry.title, entry.citations) == ("own", "Own", ("Nobody",))
    assert entry.pipeline.steps[-1][1].C == 2.0
    assert entry.grid == {"logisticregression__C": [0.1, 1.0]}
    methods = classical_methods(tmp_path)
    assert set(methods) == set(classical_methods()) | {"own"}
    assert methods["own"].family == "classical"
    assert methods["dummy"].family == "baseline"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("name: Own", "nane: Own", r"own.yml has an unknown key `nane`; did you mean `name`"),
        ("name: Own", "name: 3", r"`name` must be text"),
        ("sklearn.linear_model", "os", r"pipeline\[1\].from must be of the packages .* got 'os'"),
        ("sklearn.linear_model", "sklearnx", r"pipeline\[1\].from must be of the packages"),
        ("sklearn.linear_model", "sklearn.nothing", r"there is no sklearn.nothing"),
        ("LogisticRegression", "sys", r"has no estimator 'sys'"),
        ("LogisticRegression", "lasso_path", r"has no estimator 'lasso_path'"),
        ("C: 2.0", "D: 2.0", r"LogisticRegression has no parameter `D`; it has"),
        ("parameters: {C: 2.0}", "parameters: 3", r"parameters must be a mapping"),
        ("logisticregression__C:", "logisticregression__c:", r"did you mean `logisticregr"),
        ("[0.1, 1.0]", "0.1", r"must be a list"),
        ("LogisticRegression, from: sklearn.linear_model, parameters: {C: 2.0}",
         "StandardScaler, from: sklearn.preprocessing", r"must be a classifier"),
        ("[P300]", "[1]", r"`paradigms` must be a list of texts"),
        ("pipeline:", "pipeline: [", r"is not YAML"),
        ("name: Own", "name: !!python/object/apply:os.getcwd []", r"is not YAML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path, old, new, message):
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(ValueError, match=message) as raised:
        read_pipeline(path)
    assert str(path) in str(raised.value)


def test_a_step_that_lacks_a_key_and_a_file_without_a_mapping(tmp_path):
    with pytest.raises(ValueError, match=r"pipeline\[0\] lacks the key `from`"):
        read_pipeline(write(tmp_path, "name: x\npipeline: [{name: StandardScaler}]"))
    with pytest.raises(ValueError, match="must be a mapping with the keys"):
        read_pipeline(write(tmp_path, "- 1"))
    with pytest.raises(ValueError, match="`pipeline` must be a list of steps"):
        read_pipeline(write(tmp_path, "name: x\npipeline: []"))


def test_folders_that_do_not_serve(tmp_path):
    with pytest.raises(ValueError, match="There is no folder of pipelines"):
        read_folder(tmp_path / "none")
    with pytest.raises(ValueError, match="holds no pipeline"):
        read_folder(tmp_path)
    write(tmp_path, GOOD), write(tmp_path, GOOD, "own.yaml")
    with pytest.raises(ValueError, match="two pipelines named own"):
        read_folder(tmp_path)
    (tmp_path / "own.yaml").unlink()
    write(tmp_path, GOOD, "ridge.yml")
    with pytest.raises(ValueError, match="ridge is the name of a method that is there already"):
        classical_methods(tmp_path)


def test_moabb_reads_the_same_pipelines():
    utils = pytest.importorskip("moabb.pipelines.utils")
    theirs = {one["name"]: one for one in utils.parse_pipelines_from_directory(str(SHIPPED))}
    ours = read_folder(SHIPPED)
    assert sorted(theirs) == sorted(entry.title for entry in ours.values())
    for entry in ours.values():
        one = theirs[entry.title]
        assert isinstance(one["pipeline"], Pipeline)
        assert [type(s) for _, s in one["pipeline"].steps] == [
            type(s) for _, s in entry.pipeline.steps
        ]
        for name, value in entry.pipeline.get_params(deep=True).items():
            if "__" in name:
                assert repr(one["pipeline"].get_params()[name]) == repr(value)
        assert one.get("param_grid", {}) == entry.grid
        assert one["paradigms"] == list(entry.paradigms)
    assert np.unique([entry.title for entry in ours.values()]).size == len(ours)
