"""What a killed Snakemake leaves behind: running jobs, its lock, half-written files.

`python -m neuro.workflow.orphans` takes a stale lock away; `make run` begins with it.
"""

import os
import shutil
import sys
import threading
import time
from pathlib import Path

import psutil

from neuro.io.atomic import is_debris

LOCKS = Path(".snakemake/locks")


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


def take_stale_lock(directory: Path) -> bool:
    """Remove Snakemake's lock if no Snakemake works in a directory on this machine.

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
    if not locks:
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


if __name__ == "__main__":
    if take_stale_lock(Path.cwd()):
        print("Took away the lock of a run that was killed.", file=sys.stderr)
