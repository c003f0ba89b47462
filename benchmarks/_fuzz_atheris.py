"""Coverage-guided inputs for the readers that are Python themselves: a process of its own.

`python -m benchmarks._fuzz_atheris READER RUNS TOLD` writes how many files were read into the file
`TOLD`, and each error that is not clear. Atheris ends its process itself, so that what it found is
kept as it goes.
"""

import json
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=["neuro", "json", "csv", "yaml", "numpy.lib.format", "ast"],
    enable_loader_override=False,
):
    import ast  # noqa: F401
    import csv  # noqa: F401
    import json.decoder

    import yaml  # noqa: F401

    import neuro.config
    import neuro.datasets.arrange.aeon
    import neuro.datasets.table
    import neuro.io.manifest
    import neuro.report.failures  # noqa: F401

from benchmarks._fuzz_readers import READERS
from benchmarks._fuzz_worker import outcome

EVERY = 200
LONGEST = 20_000
"""Bytes of an input."""


def main(name: str, runs: int, told: Path) -> None:
    """Read so many files that cover as much of a reader as can be found."""
    warnings.simplefilter("ignore")
    reader = READERS[name]
    counts: Counter[str] = Counter()
    findings: list[dict[str, str]] = []
    scratch = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    path = reader.make(scratch / "tree")
    corpus = scratch / "corpus"
    corpus.mkdir()
    good = path.read_bytes()
    (corpus / "good").write_bytes(good)
    start = time.process_time()

    def one(data: bytes) -> None:
        path.write_bytes(data)
        kind, message = outcome(reader.read, scratch, path)
        counts[kind] += 1
        if kind not in ("read", "clear") and len(findings) < 50:
            findings.append({"kind": kind, "error": message[:600], "input": data.hex()[:4000]})
        if sum(counts.values()) % EVERY == 0 or findings:
            cpu = round(time.process_time() - start, 1)
            told.write_text(json.dumps({"cpu": cpu, **counts, "findings": findings}))

    longest = max(LONGEST, 2 * len(good))
    options = [f"-runs={runs}", f"-max_len={longest}", "-verbosity=0", "-seed=7", "-len_control=0"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
