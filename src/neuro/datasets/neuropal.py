"""NeuroPAL recordings in MATLAB files as a tree of calcium recordings, one per worm."""

from pathlib import Path
from typing import TYPE_CHECKING

from neuro.datasets import tree
from neuro.datasets.base import DatasetError, DatasetSource, FetchContext
from neuro.io.atomic import atomic
from neuro.io.bids import Recording

if TYPE_CHECKING:
    from neuro.config.source import NeuropalSource as NeuropalConfig
    from neuro.datasets.neuropal_mat import Worm

CITATION = (
    "Yemini E, Lin A, Nejatbakhsh A, et al. (2021). NeuroPAL: a multicolor atlas for whole-brain "
    "neuronal identification in C. elegans. Cell, 184(1), 272-288."
)


class NeuropalSource(DatasetSource["NeuropalConfig"]):
    """Local MATLAB files; every worm of every file is a recording."""

    citation = CITATION
    makes_data = True

    def __init__(self, config: "NeuropalConfig", name: str = "", modality: str = "calcium") -> None:
        super().__init__(config, name, modality)
        self.license = config.license
        self.files = [Path(file).expanduser() for file in config.files]

    @property
    def makers(self) -> tuple[str, ...]:
        """Modules of the plug-in and of the reader, which is imported to make something only."""
        return (__name__, "neuro.datasets.neuropal_mat")

    def listing(self) -> list[Recording] | None:
        """Worms are counted when the files are read.

        Raises
        ------
        DatasetError
            If a file is missing.
        """
        if lacking := [str(file) for file in self.files if not file.is_file()]:
            raise DatasetError(f"{self.where}.files: no file {', '.join(map(repr, lacking))}.")
        return None

    def stamp(self) -> list[str]:
        """Path, size and time of every file: a change of them is fetched anew."""
        self.listing()
        stats = ((file, file.stat()) for file in self.files)
        return [f"{file} {stat.st_size} {stat.st_mtime_ns}" for file, stat in stats]

    def fetch(self, target_dir: Path, context: FetchContext) -> None:
        """Write every worm's traces, frame rate and stimuli.

        Raises
        ------
        DatasetError
            If a file is missing or no NeuroPAL recording.
        """
        from neuro.datasets.neuropal_mat import read_worms

        self.listing()
        try:
            worms = [worm for file in self.files for worm in read_worms(file)]
        except ValueError as error:
            raise DatasetError(str(error)) from error
        width = max(2, len(str(len(worms))))
        with atomic(target_dir) as root:
            root.mkdir()
            tree.describe(root, self.name or "NeuroPAL", self.license, self.citation)
            for number, worm in enumerate(worms):
                label = f"sub-{number + 1:0{width}d}"
                _write(worm, root / label / "ophys" / f"{label}_ophys.csv")
            tree.write_participants(root)


def _write(worm: "Worm", path: Path) -> None:
    import numpy as np

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        header = ",".join(worm.names)
        np.savetxt(file, worm.traces.T, "%.7g", ",", header=header, comments="")
    tree.write_json(path.with_suffix(".json"), {"SamplingFrequency": worm.sfreq})
    if worm.events:
        events = path.with_name(path.name.removesuffix("_ophys.csv") + "_events.tsv")
        tree.write_table(events, ["onset", "duration", "trial_type"], worm.events)
