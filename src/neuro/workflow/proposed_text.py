"""The text of a proposed configuration: YAML with a remark wherever somebody must think."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from neuro.datasets.headers import lenient
from neuro.workflow.propose import LEAST, MOST_CONDITIONS, SHORT, Proposal

HEADING = """\
# yaml-language-server: $schema={schema}
#
# Made by `neuro init` from what lies in the folder(s) below; read every line before you trust it.
#   neuro check {path}     tells what is wrong before anything runs
#   snakemake --cores all --configfile {path}
# docs/configuration.md explains every key.

seed: 1 # every random number follows from it

report:
  title: {title}

datasets:
"""


@dataclass(frozen=True)
class Header:
    """What the first EEG recording tells."""

    sfreq: float
    highpass: float
    lowpass: float
    montage: str | None
    placed: bool
    line_freq: float | None


def write(found: Sequence[Proposal], path: Path, schema: str) -> str:
    """Put proposals into words.

    Parameters
    ----------
    found : sequence of Proposal
        The datasets.
    path : Path
        Where the configuration will lie.
    schema : str
        Where the schema lies, for editors.

    Returns
    -------
    text : str
        YAML.
    """
    title = json.dumps(" and ".join(dict.fromkeys(p.name for p in found)), ensure_ascii=False)
    parts = [HEADING.format(schema=schema, path=path, title=title)]
    for proposal in found:
        lines = [f"# {SHORT.get(proposal.modality, proposal.modality)}: "
                 f"{', '.join(proposal.facts)}."]  # fmt: skip
        lines += [f"{proposal.name}:"]
        lines += [f"  {line}" for line in _section(proposal)]
        parts.append("".join(f"  {line}".rstrip() + "\n" for line in lines))
    return "\n".join(parts)


def _section(proposal: Proposal) -> list[str]:
    source = ", ".join(f"{key}: {_scalar(value)}" for key, value in proposal.source.items())
    lines = [f"modality: {proposal.modality}", f"source: {{{source}}}"]
    names = _conditions(proposal)
    if proposal.modality in ("eeg", "meg", "fmri"):
        lines += _events(proposal, names)
    words = {
        "eeg": _eeg,
        "meg": _meg,
        "fmri": _fmri,
        "calcium": _calcium,
        "spikes": _spikes,
        "trials": _trials,
    }.get(proposal.modality)
    return lines + (words(proposal, list(names)) if words else [])


def _scalar(value: str) -> str:
    plain = re.fullmatch(r"[A-Za-z0-9/._-]+", value) and value[0] not in "-"
    return value if plain else json.dumps(value, ensure_ascii=False)


def _conditions(proposal: Proposal) -> dict[str, str]:
    """Values of `trial_type` by the name that a condition may have."""
    names: dict[str, str] = {}
    common = sorted(proposal.events, key=lambda value: -proposal.events[value][0])
    for value in sorted(common[:MOST_CONDITIONS]):
        name = re.sub(r"[^a-z0-9_-]+", "-", value.lower()).strip("-_") or "event"
        name = name if name[0].isalpha() else f"event-{name}"
        while name in names:
            name += "-2"
        names[name] = value
    return names


def _events(proposal: Proposal, names: dict[str, str]) -> list[str]:
    lines = []
    if names:
        lines.append("events: # condition: values of trial_type in events.tsv")
        for name, value in names.items():
            low, high = proposal.events[value]
            told = f"{low}" if low == high else f"{low} to {high}"
            lines.append(f"  {name}: [{json.dumps(value, ensure_ascii=False)}] # {told} each")
    left = [v for v in proposal.events if v not in names.values()] + proposal.rare
    if left:
        shown = ", ".join(_plain(value) for value in left[:MOST_CONDITIONS])
        more = f" and {len(left) - MOST_CONDITIONS} more" if len(left) > MOST_CONDITIONS else ""
        lines.append(f"# Not used, since fewer than {LEAST} in some recording or one of too many: ")
        lines.append(f"#   {shown}{more}")
    return lines


def _plain(value: str) -> str:
    return " ".join(value.split())[:60]


def _benchmark(proposal: Proposal, names: list[str]) -> list[str]:
    """A task as an example, of the first two conditions: which ones matter, nobody can see."""
    if len(names) < 2:
        return ["analyses: []"]
    splits = "[blocks, leave-one-subject-out]" if proposal.n_subjects > 1 else "[blocks]"
    first, second = names[:2]
    return [
        "analyses: [eegbench]",
        "eegbench: # single trials told apart; put the classes that your question is about",
        "  tasks:",
        f"    {first}-{second}:",
        f"      classes: {{{first}: [{first}], {second}: [{second}]}}",
        f"      splits: {splits}",
    ]


def _eeg(proposal: Proposal, names: list[str]) -> list[str]:
    header = _read_header(proposal.first)
    lines = _benchmark(proposal, names)
    lines += ["preprocess:", "  chain: # carried out in this order"]
    if header is None or (not header.placed and header.montage is None):
        lines.append("    # - montage: {name: standard_1005} # where the electrodes are")
    elif not header.placed:
        lines.append(
            f"    - montage: {{name: {header.montage}}} # by the channels' names: is it so?"
        )
    if header is not None and header.line_freq and header.lowpass > header.line_freq:
        lines.append(f"    - line_noise # {header.line_freq:g} Hz")
    lines.append(f"    {_filter(header)}")
    placed = header is not None and (header.placed or header.montage is not None)
    if placed:
        lines += ["    - bad_channels", "    - interpolate"]
    lines.append("    - reference: {channels: average}")
    if names:
        lines += ["  epochs: {tmin: -0.2, tmax: 0.8, baseline: [-0.2, 0.0], reject: 150} # s, µV"]
        lines += [
            "  # Say region and window before you see the data, then:",
            "  # contrasts:",
            f"  #   difference: {{first: [{names[0]}], second: [{names[-1]}], component: P3, "
            "polarity: positive,",
            "  #     roi: [Pz], window: [0.3, 0.5], test_window: [0.0, 0.8]}",
        ]
    else:
        lines.append("  spectra: {fmin: 1, fmax: 40}")
    return lines


def _filter(header: Header | None) -> str:
    """A band-pass, as far as the file does not have it and its rate allows it."""
    if header is None:
        return "- filter: {l_freq: 0.1, h_freq: 40}"
    edges = [] if header.highpass >= 0.1 else ["l_freq: 0.1"]
    edges += ["h_freq: 40"] if header.lowpass > 40 and header.sfreq > 90 else []
    told = f"# the files say {header.highpass:g} to {header.lowpass:g} Hz"
    return f"- filter: {{{', '.join(edges)}}} {told}" if edges else f"# no filter: {told[2:]}"


def _trials(proposal: Proposal, names: list[str]) -> list[str]:
    """Every label by itself, in the publisher's split where there is one."""
    from neuro.io.trials import read_trials

    parts = set() if proposal.first is None else set(read_trials(proposal.first).part.tolist())
    split = "published" if {"train", "test"} <= parts else "blocks"
    return [
        "analyses: [eegbench]",
        "eegbench:",
        "  tasks:",
        f"    labels: {{splits: [{split}]}} # each label is a class; name `classes` for others",
    ]


def _meg(proposal: Proposal, names: list[str]) -> list[str]:
    return _benchmark(proposal, names)


def _fmri(proposal: Proposal, names: list[str]) -> list[str]:
    lines = ["analyses: [graphs]"]
    raw = [r for r in proposal.recordings if r.path.endswith((".nii", ".nii.gz"))]
    if any("desc-preproc" not in recording.path for recording in raw):
        lines += [
            "# These volumes are raw. Better: run fMRIPrep and point `source` at its derivatives.",
            "preprocess:",
            "  chain: [realign]",
        ]
    return lines


def _calcium(proposal: Proposal, names: list[str]) -> list[str]:
    return ["analyses: [connectomes]"]


def _spikes(proposal: Proposal, names: list[str]) -> list[str]:
    return ["analyses: [states]", "preprocess: {bin_width: 0.1} # s"]


def _read_header(path: Path | None) -> Header | None:
    """Rate, filters and electrodes of an EEG recording."""
    if path is None:
        return None
    import mne

    from neuro.io.damage import reading

    with reading(path):
        raw = mne.io.read_raw(path, preload=False, verbose="error", **lenient(path))
    names = [name for name, kind in zip(raw.ch_names, raw.get_channel_types(), strict=True)
             if kind == "eeg"]  # fmt: skip
    beside = path.with_name(f"{path.stem.rpartition('_')[0]}_electrodes.tsv")
    placed = beside.is_file() or any(path.parent.glob("*_electrodes.tsv"))
    placed |= bool(raw.get_montage() and raw.get_montage().get_positions()["ch_pos"])
    return Header(
        sfreq=float(raw.info["sfreq"]),
        highpass=float(raw.info["highpass"]),
        lowpass=float(raw.info["lowpass"]),
        montage=_montage(names),
        placed=placed,
        line_freq=_line_freq(path) or raw.info["line_freq"],
    )


def _montage(names: Sequence[str]) -> str | None:
    """The smallest of MNE's montages with all electrodes; None if there is none."""
    import mne

    fitting = []
    for kind in mne.channels.get_builtin_montages():
        known = {name.lower() for name in mne.channels.make_standard_montage(kind).ch_names}
        share = sum(name.lower() in known for name in names) / max(len(names), 1)
        if share > 0.9:
            fitting.append((-share, len(known), kind))
    return min(fitting)[2] if fitting else None


def _line_freq(path: Path) -> float | None:
    """Power line frequency of the sidecar."""
    sidecar = path.with_name(path.name.split(".")[0] + ".json")
    if not sidecar.is_file():
        return None
    from neuro.io.atomic import read_json

    told = read_json(sidecar).get("PowerLineFrequency")
    return float(told) if isinstance(told, (int, float)) else None
