"""Simulated worms as a tree of calcium recordings, with the truth beside them."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from neuro.datasets import tree
from neuro.datasets.base import DatasetSource, FetchContext
from neuro.io.atomic import atomic
from neuro.io.bids import Recording

if TYPE_CHECKING:
    from neuro.config import WormsSource as WormsConfig
    from neuro.datasets.worms import Worms

STIMULUS = "stimulus"
"""`trial_type` of the stimulus."""


class WormsSource(DatasetSource["WormsConfig"]):
    """A tree of simulated worms; `truth.h5` at its root holds what was planted."""

    license = "CC0-1.0 (computer-generated)"
    citation = "Simulated by neuro; nobody was recorded."
    makes_data = True

    def __init__(self, config: "WormsConfig", name: str = "", modality: str = "calcium") -> None:
        super().__init__(config, name, modality)

    @property
    def makers(self) -> tuple[str, ...]:
        """Modules of the plug-in and of the generator, which is imported to make something only."""
        return (__name__, "neuro.datasets.worms")

    def listing(self) -> list[Recording]:
        """List the recordings that the simulation makes: one per worm."""
        width = max(2, len(str(self.config.n_worms)))
        labels = [f"{i + 1:0{width}d}" for i in range(self.config.n_worms)]
        return [Recording.from_path(f"sub-{x}/ophys/sub-{x}_ophys.csv") for x in labels]

    def fetch(self, target_dir: Path, context: FetchContext) -> None:
        """Simulate all worms; seed and the dataset's name make the random numbers.

        Raises
        ------
        ValueError
            If there is no seed.
        """
        import numpy as np

        from neuro.datasets.worms import simulate

        if context.seed is None:
            raise ValueError("A simulation needs a seed, got None.")
        dataset = int.from_bytes(hashlib.sha256(self.name.encode()).digest()[:8], "big")
        keys = self.config.model_dump(exclude={"type"})
        worms = simulate(np.random.default_rng([context.seed, dataset]), **keys)
        with atomic(target_dir) as root:
            root.mkdir()
            tree.describe(root, "Simulated worms", self.license, self.citation)
            for i, recording in enumerate(self.listing()):
                _write_worm(worms, i, root / recording.path)
            tree.write_participants(root)
            _write_truth(worms, root / "truth.h5")


def _write_worm(worms: "Worms", i: int, path: Path) -> None:
    """Write traces of the neurons that the worm has, the frame rate and the stimuli."""
    import numpy as np

    there = np.isfinite(worms.traces[i]).all(1)
    names = [name for name, kept in zip(worms.names, there, strict=True) if kept]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        np.savetxt(file, worms.traces[i, there].T, "%.5f", ",", header=",".join(names), comments="")
    tree.write_json(path.with_suffix(".json"), {"SamplingFrequency": worms.sfreq})
    rows = [(float(onset), float(end - onset), STIMULUS) for onset, end in worms.stimulus]
    events = path.with_name(path.name.removesuffix("_ophys.csv") + "_events.tsv")
    tree.write_table(events, ["onset", "duration", "trial_type"], rows)


def _write_truth(worms: "Worms", path: Path) -> None:
    from neuro.io import hdf5
    from neuro.io.hdf5 import Array

    arrays = {
        "names": Array(worms.names, ("neuron",)),
        "times": Array(worms.times, ("time", "motif"), "1", {"sfreq": worms.sfreq}),
        "strengths": Array(worms.strengths, ("animal", "motif")),
        "memberships": Array(worms.memberships, ("motif", "neuron", "group")),
        "communities": Array(worms.communities, ("motif", "neuron")),
        "stimulus": Array(worms.stimulus, ("epoch", "bound"), "s"),
    }
    hdf5.write(path, arrays, {})
