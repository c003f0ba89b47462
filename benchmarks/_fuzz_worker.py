"""Reads broken files one after the other and tells what came of each: a process of its own.

`python -m benchmarks._fuzz_worker READER FIRST LAST` writes a line per file: its number, what came
of it, the CPU seconds so far, and the error.
"""

import functools
import gc
import importlib.metadata
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

from benchmarks._fuzz_mutate import mutate
from benchmarks._fuzz_readers import READERS, Read, Reader

MEMORY = 12 << 30
"""Address space of a reader, bytes: libraries take 4 GB of it and no memory."""
PATIENCE = 60.0
"""CPU seconds for one file."""
TMPFS = Path("/dev/shm")


def main(name: str, first: int, last: int) -> None:
    """Read the files `first` to `last` of a reader."""
    told = os.fdopen(os.dup(1), "w", buffering=1, errors="backslashreplace")
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    # Each file that a job writes tells versions, for which a package's metadata are parsed.
    importlib.metadata.version = functools.cache(importlib.metadata.version)
    reader = READERS[name]
    quick = TMPFS if os.access(TMPFS, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=quick) as scratch:
        folder = Path(scratch)
        path = reader.make(folder / "tree")
        good = path.read_bytes()
        for read in (reader.read, reader.more):  # the whole file must be read: else nothing is
            if read is not None:  # shown
                read(folder / "tree", folder)
        gc.freeze()  # nilearn collects garbage for each image, and imported modules are much of it
        start = time.process_time()
        for number in range(first, last):
            path.write_bytes(mutate(good, f"{name}:{number}"))
            signal.setitimer(signal.ITIMER_PROF, PATIENCE)  # the end of a process that hangs
            kind, message = "read", ""
            for read in readers(reader, number):
                kind, message = outcome(read, folder, path)
                if kind != "read":
                    break
            message = " ".join(message.split()).replace(str(folder), "")[:600]
            print(number, kind, f"{time.process_time() - start:.3f}", message, sep="\t", file=told)


def readers(reader: Reader, number: int) -> list[Read]:
    """What reads a file, in turn, until there is an error."""
    if reader.more is None or number % reader.every:
        return [reader.read]
    both = [reader.read, reader.more]
    return both if number // reader.every % 2 else both[::-1]


def outcome(read: Read, folder: Path, path: Path) -> tuple[str, str]:
    """`read`, `clear`, `unclear` (no file is named) or `crash`, and the error."""
    names = {file.name for file in (folder / "tree").rglob("*")} | {path.name}
    try:
        read(folder / "tree", folder)
    except (ValueError, OSError) as error:
        if any(name in str(error) for name in names):
            return "clear", str(error)
        return "unclear", _frames(error)
    except BaseException as error:
        return "crash", _frames(error)
    return "read", ""


def _frames(error: BaseException) -> str:
    """Where an error comes from: the last frames, ours and theirs."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f"{Path(f.filename).name}:{f.lineno}" for f in frames if "/neuro/" in f.filename]
    last = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"
    return f"{type(error).__name__} at {' > '.join(ours[-3:])} > {last}: {error}"


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
