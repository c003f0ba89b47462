"""At the start of a run: files that are no longer what their job wrote are made anew."""

import shutil
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from neuro.workflow import made
from neuro.workflow.made import ASIDE
from neuro.workflow.orphans import LOCKS


@dataclass(frozen=True)
class Changed:
    """A file or folder that is to be made anew.

    Parameters
    ----------
    path : Path
        Where it is.
    reason : str
        Why.
    is_own : bool
        Whether it is as its job wrote it.
    """

    path: Path
    reason: str
    is_own: bool


def find_changed() -> list[Changed]:
    """Files of earlier runs that are to be made anew.

    One that only bears another time, after it was copied or touched, is remembered anew.
    """
    records = {record["path"]: record for record in made.records().values()}
    glance = cache(made.glance)

    def differs(name: str, state: made.State | None) -> bool:
        if state is None or glance(name) == made.short(state):
            return False
        return made.differs(Path(name), state)

    damaged = {name for name, record in records.items() if differs(name, record["state"])}

    @cache
    def other_input(name: str) -> str | None:
        """An input that a job read as another one, by its first output."""
        inputs = records.get(name, {}).get("inputs", {})
        # What was made of a file that is damaged now was made of the whole one.
        return next((i for i, s in inputs.items() if i not in damaged and differs(i, s)), None)

    found = []
    for name, record in records.items():
        if name in damaged:
            found.append(Changed(Path(name), "it is no longer what its job wrote", is_own=False))
        elif (now := glance(name)) is None:
            continue
        elif other := other_input(record.get("with", name)):
            found.append(Changed(Path(name), f"it was made of another {other}", is_own=True))
        elif now != made.short(record["state"]):
            made.write(Path(name), {**record, "state": made.state_of(Path(name))})
    found += _beside(found, records)
    return found + _behind(found, records)


def _beside(found: list[Changed], records: dict[str, Any]) -> list[Changed]:
    """Other outputs of the jobs that are to run again.

    Snakemake does not miss an output that no job reads, as a folder of figures.
    """
    away = {str(changed.path) for changed in found}
    jobs = {records[name].get("with", name): name for name in sorted(away)}
    beside = []
    for name, record in records.items():
        job = record.get("with", name)
        if name not in away and job in jobs and Path(name).exists():
            beside.append(Changed(Path(name), f"its job makes {jobs[job]} anew", is_own=True))
    return beside


def _behind(found: list[Changed], records: dict[str, Any]) -> list[Changed]:
    """What was made of what is made anew.

    Snakemake does not miss a file that lies between others that are there and in time.
    """
    away = {str(changed.path) for changed in found}
    behind = []
    size = -1
    while away and size != len(away):
        size = len(away)
        jobs = {name for name, record in records.items() if away & set(record.get("inputs", ()))}
        for name, record in records.items():
            if name not in away and record.get("with", name) in jobs and Path(name).exists():
                behind.append(Changed(Path(name), "what it was made of is", is_own=True))
                away.add(name)
    return behind


def put_right(dry: bool) -> None:
    """Take files away that are to be made anew: Snakemake makes what is not there.

    What somebody else wrote is kept in `ASIDE`. Nothing happens while another run works here:
    Snakemake refuses to be the second.

    Parameters
    ----------
    dry : bool
        Only tell.
    """
    if any(LOCKS.glob("*.lock")):
        return
    for changed in find_changed():
        kept = "" if changed.is_own else f" (this one is kept in {ASIDE})"
        print(f"{changed.path} is made anew: {changed.reason}{kept}.", file=sys.stderr)
        if dry:
            continue
        if not changed.is_own:
            _set_aside(changed.path)
        elif changed.path.is_dir():
            shutil.rmtree(changed.path)
        else:
            changed.path.unlink(missing_ok=True)
        made.forget(changed.path)


def _set_aside(path: Path) -> None:
    target = ASIDE / (path.relative_to("/") if path.is_absolute() else path)
    if target.is_dir():
        shutil.rmtree(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, target)
