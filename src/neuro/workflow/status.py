"""How far a run is: jobs done, running, failed and left, from what Snakemake and jobs keep."""

import base64
import math
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from neuro.io.atomic import read_json
from neuro.workflow.locate import snakefile
from neuro.workflow.orphans import LOCKS
from neuro.workflow.task import FAILURE

INCOMPLETE = Path(".snakemake/incomplete")
ASK_EVERY = 300.0
"""Seconds after which Snakemake is asked again: a checkpoint may have added jobs."""
STATES = ("done", "running", "failed", "left")


@dataclass(frozen=True)
class Standing:
    """Where one job stands.

    Parameters
    ----------
    rule : str
        Name of its rule.
    log : str
        Path of its log, which tells it from other jobs of the rule.
    state : str
        `done`, `running`, `failed` or `left`.
    word : str
        The last line of the log of a running job, the error of a failed one; '' otherwise.
    """

    rule: str
    log: str
    state: str
    word: str = ""


def ask_snakemake(config: Path) -> str:
    """Let Snakemake list every output of the workflow, and whether it will be made anew.

    Raises
    ------
    RuntimeError
        If Snakemake cannot tell; the error is what it said.
    """
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile())]
    command += ["--summary", "--nolock"]
    done = subprocess.run(
        [*command, "--configfile", str(config)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return done.stdout


def standings(summary: str, directory: Path = Path(), asked: float = math.inf) -> list[Standing]:
    """Tell of each job whether it is done, runs, failed, or is left.

    Parameters
    ----------
    summary : str
        What :func:`ask_snakemake` gives: a table with the columns `output_file`, `rule`,
        `log-file(s)` and `plan`.
    directory : Path
        Where the workflow runs.
    asked : float
        When Snakemake was asked, in seconds since the epoch: a file that is newer has been made
        since then.

    Returns
    -------
    jobs : list of Standing
        In the order of the table.
    """
    lines = summary.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("output_file\t"))
    columns = lines[start].split("\t")
    jobs: dict[tuple[str, str], list[dict[str, str]]] = {}
    for line in lines[start + 1 :]:
        row = dict(zip(columns, line.split("\t"), strict=False))
        jobs.setdefault((row["rule"], row["log-file(s)"]), []).append(row)
    # A marker outlives a Snakemake that was killed; its lock says whether one is at work.
    begun = set(_begun(directory)) if at_work(directory) else set()
    return [
        _standing(rule, log, rows, begun, directory, asked) for (rule, log), rows in jobs.items()
    ]


def at_work(directory: Path = Path()) -> bool:
    """Whether a Snakemake holds the lock of a folder."""
    return any((directory / LOCKS).glob("*.lock"))


def _standing(
    rule: str,
    log: str,
    rows: list[dict[str, str]],
    begun: set[str],
    directory: Path,
    asked: float,
) -> Standing:
    path = directory / log
    if any(row["output_file"] in begun for row in rows):
        return Standing(rule, log, "running", _last_line(path))
    failure = path.with_suffix(FAILURE)
    if log and failure.is_file():
        return Standing(rule, log, "failed", str(read_json(failure).get("error", "")))
    done = all(
        row["plan"] == "no update" or _newer(directory / row["output_file"], asked) for row in rows
    )
    return Standing(rule, log, "done" if done else "left")


def _newer(path: Path, time: float) -> bool:
    try:
        return path.stat().st_mtime >= time
    except OSError:
        return False


def _begun(directory: Path) -> Iterator[str]:
    """Outputs that jobs have begun: Snakemake keeps a marker of each, its path in base 64."""
    root = directory / INCOMPLETE
    for path in root.rglob("*"):
        if path.is_file():
            # Long names are cut into folders that begin with @.
            name = "".join(part.removeprefix("@") for part in path.relative_to(root).parts)
            yield base64.urlsafe_b64decode(name).decode()


def _last_line(path: Path) -> str:
    if not path.is_file():
        return ""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line for line in reversed(lines) if line.strip()), "")


def told(jobs: Iterable[Standing]) -> str:
    """Make a table of jobs by rule, then what runs and what failed, for a terminal."""
    jobs = list(jobs)
    count = Counter((job.rule, job.state) for job in jobs)
    rules = list(dict.fromkeys(job.rule for job in jobs))
    width = max(map(len, [*rules, "all"]), default=3)
    lines = [f"{'':{width}}" + "".join(f"{state:>9}" for state in STATES)]
    lines += [
        f"{rule:{width}}" + "".join(f"{count[rule, state] or '':>9}" for state in STATES)
        for rule in rules
    ]
    whole = Counter(job.state for job in jobs)
    lines.append(f"{'all':{width}}" + "".join(f"{whole[state]:>9}" for state in STATES))
    for state in ("running", "failed"):
        for job in jobs:
            if job.state == state:
                lines += ["", f"{state}: {job.rule} ({job.log})", f"    {job.word}".rstrip()]
    return "\n".join(lines)


def watch(
    config: Path, seconds: float, show: Callable[[str], None], directory: Path = Path()
) -> list[Standing]:
    """Show how far a run is, again and again, until no Snakemake is at work.

    Parameters
    ----------
    config : Path
        The configuration.
    seconds : float
        Between two looks; Snakemake itself is asked every few minutes.
    show : callable
        Gets the table of each look.
    directory : Path
        Where the workflow runs.

    Returns
    -------
    jobs : list of Standing
        As they stood at the end.
    """
    while True:
        asked, summary = time.time(), ask_snakemake(config)
        while True:
            jobs = standings(summary, directory, asked)
            show(told(jobs))
            if not at_work(directory):
                return jobs
            if time.time() - asked > ASK_EVERY:
                break
            time.sleep(seconds)
