"""Jobs that failed, read from the records that they left."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from neuro.io.atomic import read_json

TAIL_LINES, TAIL_BYTES = 40, 20_000
"""Of a log, as much as is shown."""


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
    tail : str
        The log's last lines; '' if there is no log.
    """

    rule: str
    dataset: str
    recording: str
    message: str
    log: str
    tail: str = ""

    @property
    def conclusion(self) -> str:
        """What the error says, without the traceback that led to it."""
        return "\n".join(self._lines()[self._start() :])

    @property
    def traceback(self) -> str:
        """The traceback; '' if the message has none."""
        return "\n".join(self._lines()[: self._start()])

    def _lines(self) -> list[str]:
        return self.message.strip("\n").split("\n")

    def _start(self) -> int:
        """First line after the last frame: frames are indented, what the error says is not."""
        lines = self._lines()
        if not any(line.startswith("Traceback (most recent call last)") for line in lines):
            return 0
        frames = [i for i, line in enumerate(lines) if line.startswith('  File "')]
        after = [
            i for i in range(max(frames, default=0) + 1, len(lines)) if not lines[i].startswith(" ")
        ]
        return after[0] if after else 0


class _Record(BaseModel):
    """What a failing job writes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str
    wildcards: dict[str, str]
    error: str
    log: str


def read_failures(folder: str | Path) -> list[Failure]:
    """Read the records of failed jobs.

    Parameters
    ----------
    folder : str | Path
        Folder of `*.json` files `{rule, wildcards, error, log}`, at any depth; it need not exist
        when no job failed.

    Returns
    -------
    failures : list of Failure
        Sorted by dataset, recording and rule.

    Raises
    ------
    ValueError
        If a file is not such a record.
    """
    failures = [_read(path) for path in sorted(Path(folder).rglob("*.json"))]
    return sorted(failures, key=lambda f: (f.dataset, f.recording, f.rule, f.log))


def _read(path: Path) -> Failure:
    try:
        record = _Record.model_validate(read_json(path))
    except ValidationError as error:
        raise ValueError(f"{path}: not a record of a failure: {error}") from error
    return Failure(
        rule=record.rule,
        dataset=record.wildcards.get("dataset", ""),
        # the wildcard is a derivative's prefix, folders and all; `exclude` wants the name alone
        recording=PurePosixPath(record.wildcards.get("recording", "")).name,
        message=record.error,
        log=record.log,
        tail=_tail(Path(record.log), path),
    )


def _tail(log: Path, record: Path) -> str:
    """Last lines of a log, which is told relative to where the workflow ran."""
    places = [log, *(parent / log for parent in record.resolve().parents)]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        return ""
    with found.open("rb") as file:
        file.seek(max(0, found.stat().st_size - TAIL_BYTES))
        text = file.read().decode("utf-8", errors="replace")
    return "\n".join(text.rstrip().splitlines()[-TAIL_LINES:])


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
    return yaml.safe_dump(
        {"datasets": datasets}, sort_keys=False, allow_unicode=True, default_flow_style=None
    )
