"""What a killed Snakemake leaves behind: running jobs, its lock, half-written files.

`python -m neuro.workflow.orphans` takes a stale lock away; `make run` begins with it.
"""

import json
import os
import shutil
import socket
import sys
import threading
import time
from pathlib import Path

import psutil

from neuro.io.atomic import is_debris, write_json

LOCKS = Path(".snakemake/locks")
HOLDER = Path(".snakemake/neuro-holder.json")
"""On which machine the run is that holds the lock: Snakemake's lock does not tell."""


def end_with_snakemake(interval: float = 0.5) -> None:
    """End this job when the Snakemake that started it is gone.

    Otherwise a job whose Snakemake was killed would write its outputs into the next run.

    Parameters
    ----------
    interval : float
        Seconds between two looks.
    """
    starter = next((p for p in psutil.Process().parents() if _is_snakemake(p)), None)
    if starter is None:
        return

    def watch() -> None:
        while _is_alive(starter):
            time.sleep(interval)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def hold() -> None:
    """Keep which machine works here; only while holding Snakemake's lock."""
    write_json(HOLDER, {"host": socket.gethostname(), "pid": os.getpid()})


def take_stale_lock(directory: Path) -> bool:
    """Remove Snakemake's lock if no Snakemake works in a directory on this machine.

    The lock of a run on another machine stays, as nobody can see from here whether it lives.

    Parameters
    ----------
    directory : Path
        Working directory of the workflow.

    Returns
    -------
    taken : bool
        Whether there was a stale lock.
    """
    locks = sorted((directory / LOCKS).glob("*.lock"))
    if not locks or _elsewhere(directory) is not None:
        return False
    for process in psutil.process_iter():
        if process.pid != os.getpid() and _is_snakemake(process) and _works_in(process, directory):
            return False
    for lock in locks:
        lock.unlink(missing_ok=True)
    return True


def sweep(results: Path = Path("results"), data: Path = Path("data")) -> None:
    """Delete temporary folders of jobs that were killed; only while holding Snakemake's lock.

    Below `data` it looks no deeper than where fetching writes: a tree that lies there may be a
    user's own, and is not touched.
    """
    for folder in (*results.rglob(".*.tmp"), *data.glob("*/.*.tmp")):
        if is_debris(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _elsewhere(directory: Path) -> str | None:
    """Another machine whose run holds the lock; None where it is this one, or unknown."""
    try:
        host = str(json.loads((directory / HOLDER).read_text(encoding="utf-8"))["host"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return None if host == socket.gethostname() else host


def _is_snakemake(process: psutil.Process) -> bool:
    try:
        words = process.cmdline()[:4]
    except psutil.Error:
        return False
    return any(Path(word).name == "snakemake" for word in words)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _works_in(process: psutil.Process, directory: Path) -> bool:
    try:
        return Path(process.cwd()) == directory.resolve()
    except psutil.Error:
        return False


def main() -> None:
    """Take a stale lock away, or tell why it stays."""
    if take_stale_lock(Path.cwd()):
        print("Took away the lock of a run that was killed.", file=sys.stderr)
    elif any(LOCKS.glob("*.lock")):
        host = _elsewhere(Path.cwd())
        print(
            "Another run works in this folder; wait until it is done."
            if host is None
            else f"A run on {host} works in this folder. Wait until it is done; if it is dead, "
            "take its lock away with `snakemake --unlock`.",
            file=sys.stderr,
        )


if __name__ == "__main__":
    main()
