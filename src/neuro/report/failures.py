"""Jobs that failed, read from the records that they left."""

from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from neuro.io.atomic import read_json


@dataclass(frozen=True)
class Failure:
    """One job that ended in an error.

    Parameters
    ----------
    rule : str
        The step that failed.
    dataset, recording : str
        What it worked on; '' where the job has no such wildcard.
    message : str
        The error, in as many lines as it has.
    log : str
        Path of the job's log.
    """

    rule: str
    dataset: str
    recording: str
    message: str
    log: str


class _Record(BaseModel):
    """What a failing job writes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str
    wildcards: dict[str, str]
    error: str
    log: str


def read_failures(folder: Path) -> list[Failure]:
    """Read the records of failed jobs.

    Parameters
    ----------
    folder : Path
        Folder of `*.json` files `{rule, wildcards, error, log}`; it need not exist when no job
        failed.

    Returns
    -------
    failures : list of Failure
        Sorted by dataset, recording and rule.

    Raises
    ------
    ValueError
        If a file is not such a record.
    """
    failures = [_read(path) for path in sorted(folder.glob("*.json"))]
    return sorted(failures, key=lambda f: (f.dataset, f.recording, f.rule, f.log))


def _read(path: Path) -> Failure:
    try:
        record = _Record.model_validate(read_json(path))
    except ValidationError as error:
        raise ValueError(f"{path}: not a record of a failure: {error}") from error
    return Failure(
        rule=record.rule,
        dataset=record.wildcards.get("dataset", ""),
        recording=record.wildcards.get("recording", ""),
        message=record.error,
        log=record.log,
    )


def remedy(failures: list[Failure]) -> str:
    """The lines of config.yaml that leave the failing recordings out; '' if none names one."""
    names: dict[str, list[str]] = {}
    for failure in failures:
        if failure.dataset and failure.recording:
            listed = names.setdefault(failure.dataset, [])
            if failure.recording not in listed:
                listed.append(failure.recording)
    if not names:
        return ""
    datasets = {name: {"recordings": {"exclude": listed}} for name, listed in names.items()}
    return yaml.safe_dump({"datasets": datasets}, sort_keys=False, allow_unicode=True)
