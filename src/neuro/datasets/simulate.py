"""EEG with a planted event-related potential: the truth is known.

The background is spatially correlated 1/f noise with a posterior alpha rhythm; the deflection
is a Gaussian in time whose amplitude falls off over the scalp as a Gaussian of the distance.
"""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from neuro.datasets.base import DatasetError, DatasetSource, FetchContext, suggest
from neuro.datasets.layout import DATATYPE
from neuro.io.atomic import atomic
from neuro.io.bids import Recording

if TYPE_CHECKING:
    import mne
    import numpy as np
    from numpy.typing import NDArray

    from neuro.config import SimulateSource as SimulateConfig

    Floats = NDArray[np.float64]

TASK = "oddball"
EVENT_ID = {"standard": 1, "target": 2}
ISI = (0.9, 1.1)
"""Bounds of the uniform interval between trials, s."""
MARGIN = 2.0
"""Recording before the first and after the last trial, s."""
SPREAD = 0.04
"""Standard deviation of the deflection's fall-off over the scalp, m."""
CORRELATION_LENGTH = 0.06
"""Of the background, m."""
AMPLITUDE_JITTER = 0.1
"""Standard deviation of the trials' amplitudes, as a share of the mean."""
ALPHA = (10.0, 1.0, 0.7)
"""Alpha rhythm: centre and standard deviation in Hz, amplitude against the 1/f part."""
RECORDED = datetime(2000, 1, 1, tzinfo=UTC)


class SimulateSource(DatasetSource["SimulateConfig"]):
    """A BIDS tree of simulated EEG."""

    license = "CC0-1.0 (computer-generated)"
    citation = "Simulated by neuro; nobody was recorded."
    makes_data = True

    def __init__(self, config: "SimulateConfig", name: str = "", modality: str = "eeg") -> None:
        super().__init__(config, name, modality)
        if not float(config.sfreq).is_integer():
            raise DatasetError(
                f"{self.where}.sfreq must be a whole number of Hz, since EDF keeps records of "
                f"one second, got {config.sfreq}."
            )

    def listing(self) -> list[Recording]:
        """List the recordings that the simulation makes: one per subject and session."""
        width = max(2, len(str(self.config.n_subjects)))
        n_sessions = self.config.n_sessions
        sessions = [""] if n_sessions == 1 else [f"{k + 1:02d}" for k in range(n_sessions)]
        return [
            _recording(f"{i + 1:0{width}d}", session)
            for i in range(self.config.n_subjects)
            for session in sessions
        ]

    def fetch(self, target_dir: Path, context: FetchContext) -> None:
        """Simulate all subjects.

        Seed, the dataset's name and the numbers of subject and session make the random numbers:
        more subjects leave the first ones as they were, and two datasets have different noise.

        Raises
        ------
        ValueError
            If there is no seed.
        DatasetError
            If `channels` names an electrode that the montage lacks.
        """
        import numpy as np
        from mne_bids import make_dataset_description

        if context.seed is None:
            raise ValueError("A simulation needs a seed, got None.")
        self.check()
        dataset = int.from_bytes(hashlib.sha256(self.name.encode()).digest()[:8], "big")
        with atomic(target_dir) as root:
            root.mkdir()
            make_dataset_description(
                path=root, name="Simulated oddball", data_license="CC0", verbose="error"
            )
            for i, recording in enumerate(self.listing()):
                subject, session = divmod(i, self.config.n_sessions)
                key = (subject, session) if session else (subject,)
                entropy = np.random.SeedSequence([context.seed, dataset], spawn_key=key)
                raw, events = simulate_raw(self.config, np.random.default_rng(entropy))
                _write(raw, events, recording, root)

    def check(self) -> None:
        """Check that the montage has the electrodes.

        Raises
        ------
        DatasetError
            If `channels` names one that the montage lacks.
        """
        import mne

        there = mne.channels.make_standard_montage(self.config.montage).ch_names
        for channel in self.config.channels:
            if channel not in there:
                raise DatasetError(
                    f"{self.where}.channels: montage {self.config.montage!r} has no electrode "
                    f"{channel!r}.{suggest(channel, there)} Allowed: {', '.join(there)}."
                )


def simulate_raw(
    config: "SimulateConfig", rng: "np.random.Generator"
) -> tuple["mne.io.RawArray", "NDArray[np.int64]"]:
    """Simulate one subject.

    Parameters
    ----------
    config : SimulateSource
        The section `datasets.<name>.source`.
    rng : Generator
        The subject's random numbers.

    Returns
    -------
    raw : RawArray
        EEG, V, with the montage's positions; not re-referenced.
    events : ndarray, shape (2 * n_trials, 3)
        MNE's events: sample, 0, code (1 standard, 2 target), `n_trials` of each.
    """
    import mne
    import numpy as np

    montage = mne.channels.make_standard_montage(config.montage)
    positions = montage.get_positions()["ch_pos"]
    xyz = np.array([positions[name] for name in montage.ch_names])
    codes = rng.permutation(np.repeat(list(EVENT_ID.values()), config.n_trials))
    onsets = MARGIN + np.cumsum(rng.uniform(*ISI, size=codes.size))
    samples = np.rint(onsets * config.sfreq).astype(np.int64)
    # EDF keeps whole seconds.
    n_times = int(np.ceil(onsets[-1] + MARGIN)) * int(config.sfreq)

    microvolts = config.noise * background(xyz, config.sfreq, n_times, rng)
    peaks = np.array([positions[name] for name in config.channels])
    weights = topography(xyz, peaks)
    targets = samples[codes == EVENT_ID["target"]]
    gains = AMPLITUDE_JITTER * rng.standard_normal(targets.size)
    gains += 1.0 - gains.mean()  # the mean deflection is exactly the one stated
    course = config.amplitude * _course(config, targets, gains, n_times)
    microvolts += weights[:, None] * course

    info = mne.create_info(montage.ch_names, config.sfreq, "eeg")
    with info._unlock():
        info["line_freq"] = 50.0
    raw = mne.io.RawArray(microvolts * 1e-6, info, verbose="error")
    raw.set_montage(montage)
    raw.set_meas_date(RECORDED)
    return raw, np.column_stack([samples, np.zeros_like(samples), codes])


def topography(positions: "Floats", peaks: "Floats") -> "Floats":
    """Weight of the deflection at each electrode: 1 at the peaks, a Gaussian of the distance.

    Parameters
    ----------
    positions : ndarray, shape (n_channels, 3)
        Electrodes, m.
    peaks : ndarray, shape (n_peaks, 3)
        Electrodes over which the deflection peaks, m.

    Returns
    -------
    weights : ndarray, shape (n_channels,)
        Between 0 and 1.
    """
    import numpy as np

    distance = np.linalg.norm(positions[:, None] - peaks[None], axis=-1).min(axis=1)
    weights: Floats = np.exp(-0.5 * (distance / SPREAD) ** 2)
    return weights


def background(
    positions: "Floats", sfreq: float, n_times: int, rng: "np.random.Generator"
) -> "Floats":
    """Simulate spatially correlated 1/f noise and alpha rhythm, of standard deviation 1.

    Parameters
    ----------
    positions : ndarray, shape (n_channels, 3)
        Electrodes, m; y points to the nose.
    sfreq : float
        Sampling rate, Hz.
    n_times : int
        Number of samples.
    rng : Generator
        Random numbers.

    Returns
    -------
    noise : ndarray, shape (n_channels, n_times)
        Mean 0 and standard deviation 1 in every channel.
    """
    import numpy as np

    centre, width, share = ALPHA
    freqs = np.fft.rfftfreq(n_times, 1 / sfreq)
    pink = 1 / np.sqrt(np.maximum(freqs, 0.5))  # power 1/f, flat below 0.5 Hz
    alpha = np.exp(-0.5 * ((freqs - centre) / width) ** 2)
    distance = np.linalg.norm(positions[:, None] - positions[None], axis=-1)
    covariance = np.exp(-0.5 * (distance / CORRELATION_LENGTH) ** 2)
    # The small part of its own in every channel keeps the covariance positive definite.
    mixing = np.linalg.cholesky(0.95 * covariance + 0.05 * np.eye(len(positions)))

    def shaped(spectrum: "Floats") -> "Floats":
        white = np.fft.rfft(rng.standard_normal((len(positions), n_times)))
        white[:, 0] = 0
        return _standardised(mixing @ np.fft.irfft(white * spectrum, n=n_times))

    posterior = 1 / (1 + np.exp(positions[:, 1] / 0.03))
    return _standardised(shaped(pink) + share * posterior[:, None] * shaped(alpha))


def _standardised(signals: "Floats") -> "Floats":
    signals = signals - signals.mean(axis=1, keepdims=True)
    standardised: Floats = signals / signals.std(axis=1, keepdims=True)
    return standardised


def _course(
    config: "SimulateConfig", onsets: "NDArray[np.int64]", gains: "Floats", n_times: int
) -> "Floats":
    """Sum of the trials' Gaussians, shape (n_times,); each peaks at its gain."""
    import numpy as np

    course = np.zeros(n_times)
    first = int(np.floor((config.latency - 6 * config.width) * config.sfreq))
    last = int(np.ceil((config.latency + 6 * config.width) * config.sfreq))
    offsets = np.arange(first, last + 1)
    shape = np.exp(-0.5 * ((offsets / config.sfreq - config.latency) / config.width) ** 2)
    for onset, gain in zip(onsets, gains, strict=True):
        where = onset + offsets
        inside = (where >= 0) & (where < n_times)
        course[where[inside]] += gain * shape[inside]
    return course


def _recording(subject: str, session: str) -> Recording:
    labels = f"sub-{subject}_ses-{session}" if session else f"sub-{subject}"
    folder = f"{labels.replace('_', '/')}/{DATATYPE}"
    return Recording.from_path(f"{folder}/{labels}_task-{TASK}_{DATATYPE}.edf")


def _write(
    raw: "mne.io.RawArray", events: "NDArray[np.int64]", recording: Recording, root: Path
) -> None:
    from mne_bids import BIDSPath, write_raw_bids

    path = BIDSPath(
        subject=recording.subject,
        session=recording.session or None,
        task=TASK,
        datatype=DATATYPE,
        root=root,
    )
    write_raw_bids(
        raw,
        path,
        events=events,
        event_id=EVENT_ID,
        format="EDF",
        allow_preload=True,
        verbose="error",
    )
