"""What is known of a recording before its samples are read."""

from dataclasses import dataclass, replace

import mne
import numpy as np

from neuro.preprocess.names import did_you_mean, listed


@dataclass(frozen=True)
class Header:
    """What a step can rely on.

    Parameters
    ----------
    sfreq, duration : float
        Sampling rate, Hz, and length, s.
    eeg : list of str
        The EEG channels.
    has_positions : bool
        Whether every EEG channel has a position.
    info : mne.Info
        The channels.
    is_csd : bool
        Whether potentials have become current source density.
    """

    sfreq: float
    duration: float
    eeg: list[str]
    has_positions: bool
    info: mne.Info
    is_csd: bool = False

    @property
    def meg(self) -> list[str]:
        """The MEG channels, without reference sensors."""
        picks = mne.pick_types(self.info, meg=True, ref_meg=False, exclude=[])
        return [self.info["ch_names"][i] for i in picks]

    @classmethod
    def of(cls, raw: mne.io.BaseRaw) -> "Header":
        """Header of a recording that need not be loaded."""
        return cls(
            sfreq=float(raw.info["sfreq"]),
            duration=raw.n_times / raw.info["sfreq"],
            eeg=eeg_of(raw.info),
            has_positions=has_positions(raw.info),
            info=raw.info.copy(),
        )

    def with_info(self, info: mne.Info) -> "Header":
        """The same recording with other channels."""
        return replace(self, info=info, eeg=eeg_of(info), has_positions=has_positions(info))


def eeg_of(info: mne.Info) -> list[str]:
    """Names of all EEG channels."""
    return [info["ch_names"][i] for i in mne.pick_types(info, eeg=True, exclude=[])]


def has_positions(info: mne.Info) -> bool:
    """Whether every EEG channel has a position."""
    picks = mne.pick_types(info, eeg=True, csd=True, exclude=[])
    places = np.array([info["chs"][i]["loc"][:3] for i in picks])
    return bool(places.size and np.isfinite(places).all() and np.abs(places).sum(1).all())


def check_names(given: list[str], allowed: list[str], where: str) -> None:
    """Raise if a channel does not exist, with its nearest names."""
    if unknown := [name for name in given if name not in set(allowed)]:
        raise ValueError(
            f"{where}: unknown channel(s) {listed(unknown)}.{did_you_mean(unknown, allowed)} "
            f"The recording has: {listed(allowed)}"
        )
    if double := sorted({name for name in given if given.count(name) > 1}):
        raise ValueError(f"{where}: channel(s) given more than once: {listed(double)}")
