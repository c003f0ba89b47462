"""Trials for the benchmark's benchmark: real ones of the default configuration, and simulated."""

import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import yaml

from neuro.analyses.eegbench.run import read_task
from neuro.analyses.eegbench.trials import Sensors, Trials
from neuro.config import validate
from neuro.workflow.plan import Plan

ROOT = Path(__file__).parents[1]


def real(dataset: str, task: str) -> Trials:
    """Trials of a task of the default configuration, made where they are not there yet."""
    given = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    plan = Plan(validate(given, "config.yaml"))
    section = plan.dataset(dataset)
    recordings = plan.recordings(dataset)
    if section.modality == "trials":
        needed = [f"data/{dataset}/fetch.json"]
        paths = [str(plan.root(dataset) / one.path) for one in recordings]
    else:
        folder = f"results/{dataset}/preprocessed"
        needed = paths = [f"{folder}/{one.prefix}_proc-clean_epo.fif" for one in recordings]
    if not all((ROOT / path).is_file() for path in (*needed, *paths)):
        make = [sys.executable, "-m", "snakemake", *needed, "--cores", "2", "--quiet", "all"]
        subprocess.run(make, cwd=ROOT, check=True)
    found = [ROOT / path for path in paths]
    return read_task(found, [asdict(one) for one in recordings], task, section.eegbench)[0]


def thin(trials: Trials, n_channels: int = 32) -> Trials:
    """Keep about so many channels, evenly from the list."""
    some = slice(None, None, max(1, len(trials.sensors.ch_names) // n_channels))
    sensors = replace(
        trials.sensors,
        ch_names=trials.sensors.ch_names[some],
        ch_types=trials.sensors.ch_types[some],
        positions=None,
    )
    return replace(trials, data=np.ascontiguousarray(trials.data[:, some]), sensors=sensors)


def oddball(
    n_subjects: int = 2,
    n_trials: int = 200,
    n_channels: int = 32,
    sfreq: float = 200.0,
    seed: int = 0,
) -> Trials:
    """Trials of a second with a weak P3 to half of them, in noise that is correlated in space."""
    rng = np.random.default_rng(seed)
    n_times = int(sfreq)
    times = np.arange(n_times) / sfreq - 0.2
    wave = np.exp(-0.5 * ((times - 0.4) / 0.08) ** 2)
    rhythm = 2 * np.pi * 10 * times
    parts, labels = [], []
    for _ in range(n_subjects):
        y = rng.permutation(np.arange(n_trials) % 2)
        mixing = rng.normal(size=(n_channels, n_channels)) / np.sqrt(n_channels)
        noise = np.cumsum(rng.normal(size=(n_trials, n_channels, n_times)), axis=-1) / 5
        noise += rng.normal(size=noise.shape)
        phase = rng.uniform(0, 2 * np.pi, size=(n_trials, 1))
        noise[:, 0] += (2 + y[:, np.newaxis]) * np.sin(rhythm + phase)
        data = mixing @ (noise - noise.mean(axis=-1, keepdims=True))
        pattern = rng.normal(size=n_channels)[:, np.newaxis] * wave
        parts.append(data + 0.35 * y[:, np.newaxis, np.newaxis] * pattern)
        labels.append(y)
    n = n_subjects * n_trials
    nothing = np.full(n, "")
    names = tuple(f"E{i + 1}" for i in range(n_channels))
    return Trials(
        data=(np.concatenate(parts) * 1e-5).astype(np.float32),
        sensors=Sensors(names, ("eeg",) * n_channels, sfreq, -0.2),
        y=np.concatenate(labels).astype(np.intp),
        classes=("standard", "target"),
        subject=np.repeat([f"{k + 1:02}" for k in range(n_subjects)], n_trials),
        session=nothing,
        run=nothing,
        onset=np.tile(np.arange(n_trials) * 1.5, n_subjects),
        part=nothing,
    )
