"""Simulated switching networks as a tree of spike recordings, with the truth beside them."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from neuro.datasets import tree
from neuro.datasets.base import DatasetSource, FetchContext
from neuro.io.atomic import atomic
from neuro.io.bids import Recording

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neuro.config import SwitchingSource as SwitchingConfig
    from neuro.datasets.switching import Recipe, Truth
    from neuro.io.hdf5 import Array

PAUSE = 1.0
"""Between sequences, s."""
SEQUENCE = "sequence"
"""`trial_type` of the sequences."""
CHANGED = ("n_states", "n_neurons", "n_sequences", "n_bins", "stay", "strength")
"""Keys of the recipe that the configuration may change."""


class SwitchingSource(DatasetSource["SwitchingConfig"]):
    """A tree of simulated spikes; `truth.h5` at its root holds states and networks."""

    license = "CC0-1.0 (computer-generated)"
    citation = "Simulated by neuro after Li et al. (2024), ICLR; nobody was recorded."
    makes_data = True

    def __init__(self, config: "SwitchingConfig", name: str = "", modality: str = "spikes") -> None:
        super().__init__(config, name, modality)

    @property
    def makers(self) -> tuple[str, ...]:
        """Modules of the plug-in and of the generator, which is imported to make something only."""
        return (__name__, "neuro.datasets.switching")

    def listing(self) -> list[Recording]:
        """List the recordings that the simulation makes: one per network."""
        width = max(2, len(str(self.config.n_recordings)))
        labels = [f"{i + 1:0{width}d}" for i in range(self.config.n_recordings)]
        return [Recording.from_path(f"sub-{x}/ecephys/sub-{x}_ecephys.npz") for x in labels]

    def fetch(self, target_dir: Path, context: FetchContext) -> None:
        """Simulate all recordings; the random numbers of each are its own.

        Raises
        ------
        ValueError
            If there is no seed.
        """
        from neuro.datasets.switching import simulate
        from neuro.io import hdf5

        seeds = self._seeds(context.seed)
        arrays: dict[str, Array] = {}
        with atomic(target_dir) as root:
            root.mkdir()
            tree.describe(root, "Simulated switching networks", self.license, self.citation)
            for recording, seed in zip(self.listing(), seeds, strict=True):
                truth = simulate(self.recipe(), seed)
                onsets = _write_spikes(truth, self.config.bin_width, root / recording.path)
                arrays |= _truth_of(truth, recording.name, onsets, self.config.bin_width)
            tree.write_participants(root)
            hdf5.write(root / "truth.h5", arrays, {})

    def recipe(self) -> "Recipe":
        """Sizes and probabilities."""
        from dataclasses import replace

        from neuro.datasets.switching import PAPER, Recipe

        base = PAPER if self.config.recipe == "paper" else Recipe()
        given = {key: getattr(self.config, key) for key in CHANGED}
        return replace(base, **{key: value for key, value in given.items() if value is not None})

    def _seeds(self, seed: int | None) -> list[int]:
        """A seed for each recording: more recordings leave the first ones as they were."""
        import numpy as np

        n = self.config.n_recordings
        if self.config.first_seed is not None:
            return [self.config.first_seed + i for i in range(n)]
        if seed is None:
            raise ValueError("A simulation needs a seed, got None.")
        dataset = int.from_bytes(hashlib.sha256(self.name.encode()).digest()[:8], "big")
        made = (np.random.SeedSequence([seed, dataset], spawn_key=(i,)) for i in range(n))
        return [int(each.generate_state(1)[0]) for each in made]


def _write_spikes(truth: "Truth", width: float, path: Path) -> "NDArray[np.float64]":
    """Write spike times, evenly within their bins, and the sequences; return their onsets, s."""
    import numpy as np

    n_sequences, n_bins, n_neurons = truth.counts.shape
    length = n_bins * width
    onsets: NDArray[np.float64] = np.arange(n_sequences) * (length + PAUSE)
    counts = truth.counts.reshape(-1, n_neurons).astype(np.int64)
    begins = (onsets[:, None] + np.arange(n_bins) * width).ravel()
    whose, bins = np.nonzero(counts.T)
    n = counts[bins, whose]
    rank = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
    times = np.repeat(begins[bins], n) + width * (rank + 0.5) / np.repeat(n, n)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        t=times,
        index=np.repeat(whose, n),
        keys=np.arange(n_neurons),
        start=onsets,
        end=onsets + length,
    )
    events = path.with_name(path.name.removesuffix("_ecephys.npz") + "_events.tsv")
    rows = [(float(onset), length, SEQUENCE) for onset in onsets]
    tree.write_table(events, ["onset", "duration", "trial_type"], rows)
    return onsets


def _truth_of(
    truth: "Truth", name: str, onsets: "NDArray[np.float64]", width: float
) -> "dict[str, Array]":
    import numpy as np

    from neuro.io.hdf5 import Array

    arrays = {
        "names": Array(np.arange(truth.counts.shape[2]).astype(str), ("neuron",)),
        "onsets": Array(onsets, ("sequence",), "s"),
        "states": Array(truth.states, ("sequence", "bin"), "1", {"bin_width": width}),
        "weights": Array(truth.weights, ("state", "target", "source"), "1", {"link": "sigmoid"}),
        "adjacency": Array(truth.adjacency, ("state", "target", "source")),
        "probabilities": Array(truth.probabilities, ("target", "source", "class")),
        "bias": Array(truth.bias, ("neuron",)),
        "transitions": Array(truth.transitions, ("from", "to")),
    }
    return {f"{name}/{key}": array for key, array in arrays.items()}
