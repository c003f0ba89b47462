"""Provenance: whole, and without what is secret."""

from neuro.io.atomic import read_json, write_json
from neuro.workflow import environment, made


def test_provenance_tells_versions_checksums_and_no_passwords(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = tmp_path / "results/a.tsv"
    with made.making([], [result.relative_to(tmp_path)]):
        result.parent.mkdir()
        result.write_text("a\n")
    write_json("data/mine/fetch.json", {"checksum": "c", "files": [{"path": "x"}]})
    url = "https://me:hidden@example.org/a.zip?token=hidden"
    config = {"seed": 1, "datasets": {"mine": {"source": {"archive": {"url": url}}}, "other": {}}}
    environment.write("provenance.json", config)
    told = read_json("provenance.json")
    assert told["packages"]["snakemake"]
    assert told["hardware"]["memory"] > 0
    assert list(told["results"]) == ["results/a.tsv"]
    assert told["datasets"]["mine"]["checksum"] == "c"
    assert "files" not in told["datasets"]["mine"]
    assert "hidden" not in (tmp_path / "provenance.json").read_text()
    assert told["config"]["datasets"]["mine"]["source"]["archive"]["url"].endswith("/a.zip")


def test_what_a_cluster_lacks_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert environment.cluster() == "no sbatch here"
    (tmp_path / "sbatch").touch(mode=0o755)
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    assert "pip install '.[slurm]'" in environment.cluster()
