"""What can be known to be wrong before anything runs, beyond the keys of the configuration."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import mne

from neuro.config import Dataset, EEGDataset
from neuro.datasets.fetched import check_files
from neuro.io.atomic import read_json
from neuro.io.bids import Recording
from neuro.preprocess.glance import Glance
from neuro.preprocess.names import did_you_mean
from neuro.workflow.look import Look, look, look_together
from neuro.workflow.plan import Plan
from neuro.workflow.summarise import summarise, uneven

_KEY = re.compile(r": (preprocess|events)\.\S+?:")


@dataclass
class Findings:
    """What there is to say of a configuration.

    Parameters
    ----------
    problems : list of str
        What cannot work, one line each: key, what is wrong, what there is.
    warnings : list of str
        What may be meant, and is worth a look.
    summaries : list of str
        A few lines per dataset.
    """

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    summaries: list[str] = field(default_factory=list)


def problems(plan: Plan) -> list[str]:
    """List what cannot work: the problems that :func:`inspect` finds."""
    return inspect(plan).problems


def inspect(plan: Plan) -> Findings:
    """Look at sources, and at the headers, events and sidecars of recordings that are there.

    Nothing is fetched and no samples are read.

    Parameters
    ----------
    plan : Plan
        The validated configuration.

    Returns
    -------
    findings : Findings
        For all datasets.
    """
    findings = Findings()
    for name, section in plan.config.datasets.items():
        _dataset(plan, name, section, findings)
    return findings


def _dataset(plan: Plan, name: str, section: Dataset, findings: Findings) -> None:
    """Add what there is to say of one dataset."""
    heading = f"{name}: {section.modality} from {section.source.type}"
    try:
        plan.source(name).check()
        table = Path("data") / name / "recordings.tsv"
        if plan.source(name).listing() is None and not table.is_file():
            findings.problems += _montages(name, section)
            findings.warnings.append(
                f"datasets.{name}: its recordings are known once it is fetched; `neuro index` "
                f"fetches it and lists them in {table}"
            )
            findings.summaries.append(f"{heading}, not fetched yet")
            return
        recordings = plan.recordings(name, lambda _: table)
    except (ValueError, OSError) as error:
        findings.problems += _own_lines(name, error)
        return
    if not _is_there(plan, name):
        findings.problems += _montages(name, section)
        findings.summaries.append(f"{heading}, {len(recordings)} recording(s), not fetched yet")
        return
    looks = [_look(plan, name, section, recording) for recording in recordings]
    findings.problems += _grouped(name, ((seen, seen.glance.problems) for seen in looks))
    together = look_together(plan.root(name), recordings, section)
    findings.problems += [f"datasets.{name}: {text}" for text in together]
    findings.warnings += _grouped(name, ((seen, seen.glance.warnings) for seen in looks))
    findings.warnings += [f"datasets.{name}: {text}" for text in uneven(looks)]
    findings.summaries.append(summarise(heading, looks, section))


def _look(plan: Plan, name: str, section: Dataset, recording: Recording) -> Look:
    root = plan.root(name)
    record = Path("data") / name / "fetch.json"
    if plan.source(name).local_root is None:
        try:
            check_files(record, recording.path)
        except ValueError as error:
            return Look(recording, Glance(problems=[str(error)]))
    return look(root, recording, section)


def _is_there(plan: Plan, name: str) -> bool:
    """Is the tree there, and is it the one that the configuration asks for?"""
    plugin = plan.source(name)
    if plugin.local_root is not None:
        return True
    record = Path("data") / name / "fetch.json"
    return record.is_file() and read_json(record)["source"] == plugin.provenance()


def _own_lines(name: str, error: Exception) -> list[str]:
    message = str(error)
    if message.startswith("datasets."):
        return message.splitlines()
    return [f"datasets.{name}: {message}"]


def _grouped(name: str, told: Iterable[tuple[Look, list[str]]]) -> list[str]:
    """One line for what several recordings have in common: a key, or else the words."""
    groups: dict[str, list[str]] = {}
    for seen, texts in told:
        for text in texts:
            key = _KEY.search(text)
            own = (seen.recording.prefix, f"sub-{seen.recording.subject}")
            common = key[0] if key else text.replace(own[0], "").replace(own[1], "")
            groups.setdefault(common, []).append(text)
    lines = []
    for texts in groups.values():
        more = f" (and {len(texts) - 1} more recording(s) alike)" if len(texts) > 1 else ""
        lines.append(f"datasets.{name}: {texts[0]}{more}")
    return lines


def _montages(name: str, section: Dataset) -> Iterator[str]:
    """Names of montages, while there is no recording to hold the whole chain against."""
    if not isinstance(section, EEGDataset):
        return
    known = mne.channels.get_builtin_montages()
    for i, step in enumerate(section.preprocess.chain):
        if step.montage is not None and step.montage.name not in known:
            yield (
                f"datasets.{name}.preprocess.chain[{i}].montage.name: '{step.montage.name}' is "
                f"not a built-in montage of MNE.{did_you_mean([step.montage.name], known)} "
                f"Allowed: {', '.join(known)}."
            )
