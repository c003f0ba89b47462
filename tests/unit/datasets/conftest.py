"""A package index on this machine that can be told to misbehave, and small trees."""

import hashlib
import io
import os
import tarfile
import threading
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from neuro.config import PackageSource, SimulateSource
from neuro.datasets import fetch, pip_config


@dataclass
class Index:
    """A PEP 503 simple index.

    `publish` announces checksums, `ranges` answers Range requests, `cut` closes the next download
    after so many bytes, `fail` answers every download with that status.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    publish: bool = False
    ranges: bool = True
    cut: int | None = None
    fail: int | None = None
    downloads: list[str | None] = field(default_factory=list)
    url: str = ""

    def page(self, project: str) -> bytes:
        links = []
        for name, content in self.files.items():
            if name.lower().startswith(f"{project}-"):
                digest = hashlib.sha256(content).hexdigest()
                fragment = f"#sha256={digest}" if self.publish else ""
                links.append(f'<a href="/files/{name}{fragment}">{name}</a>')
        return f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>".encode()


@pytest.fixture
def index(monkeypatch):
    """A running index that pip's settings point to."""
    state = Index()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            kind, _, rest = self.path.strip("/").partition("/")
            if kind == "files":
                self.download(state.files[rest])
            elif any(name.lower().startswith(f"{rest.strip('/')}-") for name in state.files):
                self.answer(200, state.page(rest.strip("/")), {"Content-Type": "text/html"})
            else:
                self.answer(404, b"", {"Content-Type": "text/html"})

        def download(self, content):
            wanted = self.headers.get("Range")
            state.downloads.append(wanted)
            if state.fail:
                self.answer(state.fail, b"", {})
                return
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            if not state.ranges or not wanted:
                self.answer(200, content, {})
            elif start >= len(content):
                self.answer(416, b"", {})
            else:
                span = f"bytes {start}-{len(content) - 1}/{len(content)}"
                self.answer(206, content[start:], {"Content-Range": span})

        def answer(self, status, body, headers):
            self.send_response(status)
            for key, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(key, value)
            self.end_headers()
            if self.path.startswith("/files/"):
                body, state.cut = body[: state.cut], None
            self.wfile.write(body)
            self.close_connection = True

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/simple/"
    for key in [key for key in os.environ if key.startswith("PIP_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("PIP_INDEX_URL", state.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(pip_config, "_from_pip", dict)
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def make_sdist():
    """Function: members by name -> bytes of a tar.gz."""

    def make(members: dict[str, bytes], extra: tuple[tarfile.TarInfo, ...] = ()) -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            for info in extra:
                tar.addfile(info)
            for name, content in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        return buffer.getvalue()

    return make


@pytest.fixture(scope="session")
def make_wheel():
    """Function: members by name -> bytes of a zip file."""

    def make(members: dict[str | zipfile.ZipInfo, bytes]) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
            for name, content in members.items():
                opened.writestr(name, content)
        return buffer.getvalue()

    return make


@pytest.fixture(scope="session")
def sdist(make_sdist):
    """An sdist whose folder `toy/data` is a BIDS tree, with 300 kB that do not compress."""
    noise = b"".join(hashlib.sha256(str(i).encode()).digest() for i in range(10_000))
    members = {
        "setup.py": b"raise SystemExit('must never run')",
        "toy/data/dataset_description.json": b"{}",
        "toy/data/sub-01/eeg/sub-01_task-rest_eeg.edf": noise,
        "toy/data/sub-01/eeg/sub-01_task-rest_ica.fif": b"derivative",
        "toy/other/secret.txt": b"not below root",
    }
    return make_sdist({f"toy-1.0/{name}": content for name, content in members.items()})


@pytest.fixture
def toy_config(sdist):
    """Function: the section of a `package` source for the sdist."""

    def make(**changes) -> PackageSource:
        keys = {
            "type": "package",
            "distribution": "toy==1.0",
            "sha256": hashlib.sha256(sdist).hexdigest(),
            "root": "toy/data",
        }
        return PackageSource(**{**keys, **changes})

    return make


@pytest.fixture(scope="session")
def planted():
    """Configuration of the simulated tree."""
    return SimulateSource(
        type="simulate",
        n_subjects=2,
        n_trials=60,
        noise=3.0,
        montage="biosemi16",
        channels=["O1", "O2"],
    )


@pytest.fixture(scope="session")
def simulated(planted, tmp_path_factory) -> Path:
    """Folder of a fetched simulation: `fetch.json` and `bids`."""
    folder = tmp_path_factory.mktemp("data") / "planted"
    fetch.run(planted, "planted", 7, folder / "fetch.json", progress=False)
    return folder


@pytest.fixture
def touch_tree(tmp_path):
    """Function: make a BIDS tree of empty files."""

    def make(*paths: str, description: bool = True) -> Path:
        root = tmp_path / "tree"
        for path in (*paths, *(["dataset_description.json"] if description else [])):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).touch()
        return root

    return make
