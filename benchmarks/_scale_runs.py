"""The smallest workflow for trials of faults: its raw files, a server for them, and running it."""

import hashlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
LIMIT = 900.0
"""Seconds after which a run counts as hung."""
DESCRIPTION = '{"Name": "table", "BIDSVersion": "1.9.0"}\n'
PLACE = "sub-table/features/sub-table_features.tsv"


def table(seed: int, n_features: int = 12, n_people: int = 40) -> str:
    """Features of which the first tells about the outcome; the file's size is always the same."""
    rng = random.Random(seed)
    rows = ["\t".join(["subject", "outcome", *(f"f{i}" for i in range(n_features))])]
    for person in range(n_people):
        values = [rng.gauss(0, 1) for _ in range(n_features)]
        outcome = values[0] + rng.gauss(0, 0.5)
        cells = [f"{value:+.5f}" for value in (outcome, *values)]
        rows.append("\t".join([f"s{person:02d}", *cells]))
    return "\n".join(rows) + "\n"


class Server:
    """HTTP on the loopback device; it breaks off answers as often as it is told to."""

    def __init__(self, port: int = 0) -> None:
        self.files = {"/table.tsv": table(1).encode(), "/about.json": DESCRIPTION.encode()}
        self.breaks: list[tuple[str, float]] = []
        own = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                own.answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.http.server_port}{path}"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """A whole file or the rest of one; or what breaks: a refusal, half, or wrong bytes."""
        content = self.files[request.path]
        asked = request.headers.get("Range", "bytes=0-")
        start = int(asked.removeprefix("bytes=").rstrip("-"))
        kind, share = self.breaks.pop(0) if self.breaks else ("", 1.0)
        if kind == "refuse":
            request.send_error(503)
            return
        if kind == "garble":
            content = bytes(byte ^ 1 for byte in content)
        body = content[start:]
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[: int(len(body) * share)])


BASES = ("in place", "table", "both")
"""Workflows that are harmed: a table that is read in place, one that is fetched, and that with
simulated spikes."""


def config(server: Server, base: str) -> dict[str, Any]:
    """The configuration of one of the workflows."""
    files = [("/table.tsv", PLACE), ("/about.json", "dataset_description.json")]
    remote = [
        {
            "url": server.address(name),
            "sha256": hashlib.sha256(server.files[name]).hexdigest(),
            "path": place,
        }
        for name, place in files
    ]
    tiny = yaml.safe_load((ROOT / "workflow/configs/tiny.yaml").read_text(encoding="utf-8"))
    networks = {**tiny["datasets"]["networks"], "analyses": []}
    screened = {
        "modality": "features",
        "source": {"type": "bids", "path": "raw"}
        if base == "in place"
        else {"type": "url", "files": remote},
        "screening": {
            "outcome": "outcome",
            "exclude": ["subject"],
            "compare": ["pearson"],
            "n_permutations": 19,
            "stability_pairs": 0,
            "prediction": None,
        },
    }
    more = {"net": networks} if base == "both" else {}
    return {"seed": 7, "datasets": {"table": screened} | more}


def write_raw(directory: Path, seed: int) -> Path:
    """The tree that is read in place; the table's path."""
    path = directory / "raw" / PLACE
    path.parent.mkdir(parents=True, exist_ok=True)
    (directory / "raw/dataset_description.json").write_text(DESCRIPTION)
    path.write_text(table(seed))
    return path


@dataclass
class Run:
    """One folder with a configuration, and what runs in it."""

    directory: Path
    log: list[str] = field(default_factory=list)

    def start(self, cores: int = 2, limit: int | None = None) -> subprocess.Popen[bytes]:
        """Start a run whose files may have at most so many bytes."""

        def prepare() -> None:
            # What a shell starts in the background ignores it.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            if limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
        command += ["--configfile", "the_config.yaml", "--directory", str(self.directory)]
        command += ["--cores", str(cores), "--rerun-incomplete", "--keep-going"]
        with (self.directory.parent / f"{self.directory.name}.txt").open("wb") as file:
            return subprocess.Popen(
                command,
                cwd=self.directory,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=environment(),
                preexec_fn=prepare,
            )

    def told(self) -> str:
        path = self.directory.parent / f"{self.directory.name}.txt"
        return path.read_text(encoding="utf-8", errors="replace")

    def finish(self, cores: int = 2) -> int:
        """Take a stale lock away and run, as `make run` does; its status, 124 if it hangs."""
        subprocess.run(
            [sys.executable, "-m", "neuro.workflow.orphans"],
            cwd=self.directory,
            check=False,
            capture_output=True,
            env=environment(),
        )
        return wait(self.start(cores))


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        "OMP_NUM_THREADS": "1",
    }


def wait(process: subprocess.Popen[bytes], limit: float = LIMIT) -> int:
    """Status of a process; 124 if it had to be killed for taking too long."""
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return 124


def clean(scratch: Path, name: str, raw: dict[str, Any], seed: int = 1) -> Path:
    """The folder of a run without any fault; one that is there is brought up to date."""
    directory = scratch / name
    if not directory.exists():
        directory.mkdir(parents=True)
        (directory / "the_config.yaml").write_text(yaml.safe_dump(raw))
        write_raw(directory, seed)
    run = Run(directory)
    if run.finish():
        raise RuntimeError(f"The run without faults failed:\n{run.told()}")
    return directory


def products(directory: Path) -> list[Path]:
    """Files that jobs made, the oldest first; not what they are at work on."""
    # os.walk passes over a folder that a job has just moved; Path.rglob raises there.
    files = [
        Path(folder, name)
        for top in ("data", "results")
        for folder, _, names in os.walk(directory / top)
        for name in names
    ]
    parts = {path: path.relative_to(directory).parts for path in files}
    kept = [
        path
        for path in files
        if not {"logs", "benchmarks"} & {*parts[path]}
        and not any(part.startswith(".") for part in parts[path])
    ]
    times = {path: _mtime(path) for path in kept}
    return sorted((path for path in kept if times[path]), key=times.__getitem__)


def _mtime(path: Path) -> int:
    """Time of a file, ns; 0 for one that a job has just moved."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def resume_at(source: Path, target: Path, share: float) -> None:
    """A copy of a finished run as it was after a share of its files had been made."""
    if share == 0:
        target.mkdir()
        shutil.copy(source / "the_config.yaml", target)
        shutil.copytree(source / "raw", target / "raw")
        return
    shutil.copytree(source, target, symlinks=True)
    files = products(target)
    for path in files[int(share * len(files)) :]:
        path.unlink()
