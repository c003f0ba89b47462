"""Where the recordings of each modality lie in a BIDS-like tree, and how they are named."""

from dataclasses import dataclass

DATATYPE = "eeg"
"""Folder of EEG, for sources that bring nothing else."""


@dataclass(frozen=True)
class Layout:
    """Names of one modality.

    Parameters
    ----------
    folder : str
        Folder of the data type.
    suffixes : mapping of str to tuple of str
        Endings of the raw files by the suffix before them, e.g. `{"eeg": (".edf",)}`. What has
        one of these endings is a recording, be it a file or a folder.
    not_recordings : tuple of str
        Parts of names that only other files have.
    """

    folder: str
    suffixes: dict[str, tuple[str, ...]]
    not_recordings: tuple[str, ...] = ()

    def split(self, name: str) -> tuple[str, str, str] | None:
        """Split a name into stem, suffix and ending; None when it is not that of a recording."""
        if any(part in f"_{name}" for part in self.not_recordings):
            return None
        for suffix, endings in self.suffixes.items():
            for ending in endings:
                stem = name[: -len(ending)]
                if name.lower().endswith(ending) and stem.endswith(f"_{suffix}"):
                    return stem, suffix, name[-len(ending) :]
        return None

    @property
    def wanted(self) -> str:
        """What is looked for, in words."""
        names = (
            f"*_{suffix} with {', '.join(endings)}" for suffix, endings in self.suffixes.items()
        )
        return f"sub-*/[ses-*/]{self.folder}/" + " or ".join(names)


LAYOUTS = {
    "eeg": Layout("eeg", {"eeg": (".edf", ".bdf", ".vhdr", ".set", ".fif")}),
    # Calibration, crosstalk and the empty room are no recordings of a brain.
    "meg": Layout(
        "meg",
        {"meg": (".fif", ".ds", ".con", ".sqd")},
        ("_acq-crosstalk_", "_acq-calibration_", "_sub-emptyroom_"),
    ),
    "fmri": Layout(
        "func",
        {"bold": (".nii", ".nii.gz"), "timeseries": (".tsv",)},
        ("_desc-confounds_", "_desc-confoundsOutliers_"),
    ),
    "calcium": Layout(
        "ophys", {"ophys": (".nwb", ".suite2p", ".h5", ".hdf5", ".csv", ".parquet", ".json")}
    ),
    "spikes": Layout("ecephys", {"ecephys": (".nwb", ".phy", ".npz")}),
    # A table of many subjects; its own name takes the place of a subject's label.
    "features": Layout(
        "features",
        {"features": (".tsv", ".csv", ".parquet", ".h5", ".hdf5", ".npy", ".bed")},
    ),
    # What others have made of fMRI and diffusion MRI: a matrix of regions is a recording.
    "multimodal": Layout("func", {"relmat": (".tsv",)}),
    # Labelled trials of one or many subjects, already cut; the file's name is as of `features`.
    "trials": Layout("trials", {"trials": (".h5", ".hdf5")}),
}
"""By modality."""


def entities(stem: str) -> dict[str, str]:
    """Read all entities off a BIDS stem, e.g. `{"sub": "01", "space": "T1w"}`."""
    return dict(part.split("-", 1) for part in stem.split("_") if "-" in part)
