"""openneuro-py against a server on this machine that speaks OpenNeuro's GraphQL."""

import hashlib
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pydantic import ValidationError

from neuro.config import validate
from neuro.config.loading import ConfigError
from neuro.config.source import OpenNeuroSource
from neuro.datasets import fetch
from neuro.datasets.base import DatasetError
from neuro.datasets.openneuro import OpenNeuroSource as Plugin
from neuro.io.atomic import read_json

RAW = "sub-{}/ses-1/eeg/sub-{}_ses-1_task-x_eeg.bdf"
DESCRIPTION = {
    "Name": "Toy",
    "License": "CC0",
    "Authors": ["A. Uthor", "B. Uthor"],
    "DatasetDOI": "doi:10.18112/openneuro.ds000001.v9.9.9",  # of an earlier snapshot
}


@pytest.fixture
def cloud(monkeypatch):
    """Files by name; `cut` ends the next download after so many bytes."""
    openneuro = pytest.importorskip("openneuro._download")
    files = {
        "dataset_description.json": json.dumps(DESCRIPTION).encode(),
        "participants.tsv": b"participant_id\nsub-01\n",
        "task-x_eeg.json": b'{"SamplingFrequency": 256}',
        "sub-01/anat/sub-01_T1w.nii.gz": b"x" * 1000,
        "derivatives/sub-01/eeg/other.bdf": b"d",
        **{RAW.format(s, s): bytes([int(s)]) * 50_000 for s in ("01", "02")},
    }
    state = {"files": files, "asked": [], "cut": None}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(200, json.dumps(reply(json.loads(body)["query"])).encode())

        def do_HEAD(self):
            self.answer(200, files[self.path[1:]], head=True)

        def do_GET(self):
            content, wanted = files[self.path[1:]], self.headers.get("Range")
            state["asked"].append((self.path[1:], wanted))
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            self.answer(206 if wanted else 200, content[start:])

        def answer(self, status, body, head=False):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", f'"{hashlib.md5(body).hexdigest()}"' if head else '"-"')
            self.end_headers()
            if self.path.endswith(".bdf") and not head and state["cut"]:
                body, state["cut"] = body[: state["cut"]], None
            self.wfile.write(b"" if head else body)
            self.close_connection = True

        def log_message(self, *args):
            pass

    def reply(query):
        if "ds000001" not in query:
            return {"data": {"dataset": None, "snapshot": None}}
        if re.search(r"snapshots\s*{", query):
            return {"data": {"dataset": {"snapshots": [{"id": "ds000001:1.0.0"}]}}}
        listed = [
            {"filename": name, "urls": [f"{url}/{name}"], "size": len(content), "id": name}
            for name, content in files.items()
        ]
        return {"data": {"snapshot": {"id": "ds000001:1.0.0", "files": listed}}}

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(openneuro, "gql_url", url)
    monkeypatch.setattr(Plugin, "retries", 0)
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def take(tmp_path):
    def take(accession="ds000001", tag="1.0.0", modality="eeg", **keys):
        config = OpenNeuroSource(type="openneuro", accession=accession, tag=tag, **keys)
        record = tmp_path / "fetch.json"
        fetch.run(config, "mine", None, record, progress=False, modality=modality)
        root = tmp_path / "bids"
        return {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()}

    return take


SIDECARS = {"dataset_description.json", "participants.tsv", "task-x_eeg.json"}


def test_only_eeg_and_the_datasets_own_sidecars_are_fetched(cloud, take):
    assert take() == {*SIDECARS, *(RAW.format(s, s) for s in ("01", "02"))}


def test_only_the_subjects_that_are_wanted(cloud, take):
    assert take(subjects=["02"]) == {*SIDECARS, RAW.format("02", "02")}


def test_patterns_of_the_user(cloud, take):
    got = take(include=["sub-*"], exclude=["*.nii.gz", "sub-02"])
    assert got == {"dataset_description.json", "participants.tsv", RAW.format("01", "01")}


@pytest.mark.parametrize(
    ("modality", "wanted"),
    [
        ("fmri", {"sub-01/func/sub-01_task-x_bold.nii.gz"}),
        ("meg", {"sub-01/meg/sub-01_task-x_meg.ds/x.meg4"}),
    ],
)
def test_only_the_folders_of_the_modality(cloud, take, modality, wanted):
    for path in ("func/sub-01_task-x_bold.nii.gz", "meg/sub-01_task-x_meg.ds/x.meg4"):
        cloud["files"][f"sub-01/{path}"] = b"x"
    assert take(modality=modality) == {*SIDECARS, *wanted}


def test_derivatives_are_narrowed_by_entities(cloud, take):
    for space in ("T1w", "MNI"):
        name = f"sub-01/func/sub-01_task-x_space-{space}_desc-preproc_bold.nii.gz"
        cloud["files"][name] = b"x"
    with pytest.raises(DatasetError, match=r"entities\.space: no recording has space 'MNI6'"):
        take(modality="fmri", entities={"space": "MNI6"})


def test_licence_and_authors_are_those_of_the_dataset(cloud, take, tmp_path):
    take(subjects=["01"])
    record = read_json(tmp_path / "fetch.json")
    assert record["license"] == "CC0"
    assert record["citation"] == f"A. Uthor, B. Uthor. Toy. {DESCRIPTION['DatasetDOI']}"


def test_cut_download_is_resumed(cloud, take, tmp_path):
    cloud["cut"] = 20_000
    name = RAW.format("01", "01")
    with pytest.raises(DatasetError, match=r"ds000001, snapshot 1\.0\.0.*run again: files"):
        take(subjects=["01"])
    assert not (tmp_path / "fetch.json").exists()
    assert not (tmp_path / "bids").exists()
    cloud["asked"].clear()
    assert name in take(subjects=["01"])
    assert (tmp_path / "bids" / name).read_bytes() == cloud["files"][name]
    assert (name, "bytes=20000-") in cloud["asked"]
    assert not list(tmp_path.glob("*.part"))


def test_whole_snapshot_is_kept(cloud, take):
    take()
    cloud["asked"].clear()
    take()
    assert cloud["asked"] == []


def test_unknown_dataset_is_an_error(cloud, take):
    with pytest.raises(DatasetError, match=r"ds999999, snapshot 1\.0\.0: there is no such dataset"):
        take(accession="ds999999")


def test_missing_tag_is_an_error_that_lists_the_others(cloud, take):
    with pytest.raises(DatasetError, match=r'tag "2\.0\.0" does not exist.*Existing tags: 1\.0\.0'):
        take(tag="2.0.0")


def test_pattern_that_matches_nothing_is_an_error(cloud, take):
    with pytest.raises(DatasetError, match="sub-09"):
        take(subjects=["09"])


def test_patterns_without_recordings_are_an_error(cloud, take):
    with pytest.raises(
        DatasetError, match=r"no EEG recordings among the files that match \['sub-01"
    ):
        take(include=["sub-01/anat/*"])


@pytest.mark.parametrize("accession", ["ds12", "DS000001", "000001", "ds0000001"])
def test_malformed_accession_is_refused(raw_config, accession):
    source = {"type": "openneuro", "accession": accession, "tag": "1.0.0"}
    raw_config["datasets"]["planted"]["source"] = source
    with pytest.raises(
        ConfigError, match=rf"source\.accession: string should match .*ds\[0-9\].*'{accession}'"
    ):
        validate(raw_config)


def test_subjects_and_patterns_together_are_refused():
    with pytest.raises(ValidationError, match="either `subjects` or `include`"):
        OpenNeuroSource(
            type="openneuro", accession="ds000001", tag="1.0.0", subjects=["1"], include=["x"]
        )


def test_missing_library_is_an_error(take, monkeypatch):
    monkeypatch.setitem(sys.modules, "openneuro", None)
    with pytest.raises(DatasetError, match=r'needs .*\n?.*pip install "neuro-workflow\[sources\]"'):
        take()
