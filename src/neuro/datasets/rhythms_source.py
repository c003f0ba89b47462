"""Simulated sessions of parcels as a tree of uncut trials, with their law beside them."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from neuro.datasets import tree
from neuro.datasets.base import DatasetSource, FetchContext
from neuro.io.atomic import atomic
from neuro.io.bids import Recording

if TYPE_CHECKING:
    from neuro.config import RhythmsSource as RhythmsConfig
    from neuro.datasets.rhythms import Recipe, Simulated, Truth
    from neuro.io.hdf5 import Array

CHANGED = ("n_channels", "seconds", "sfreq", "power", "variation")
"""Keys of the recipe that the configuration may change."""
FREQUENCIES = (1.0, 45.0, 0.5)
"""First, last and step of the frequencies at which true spectra are kept, Hz."""


class RhythmsSource(DatasetSource["RhythmsConfig"]):
    """A tree of simulated sessions; `truth.h5` at its root holds covariances and spectra."""

    license = "CC0-1.0 (computer-generated)"
    citation = "Simulated by neuro; nobody was recorded."
    makes_data = True

    def __init__(self, config: "RhythmsConfig", name: str = "", modality: str = "trials") -> None:
        super().__init__(config, name, modality)

    @property
    def makers(self) -> tuple[str, ...]:
        """Modules of the plug-in and of the generator, which is imported to make something only."""
        return (__name__, "neuro.datasets.rhythms")

    def listing(self) -> list[Recording]:
        """List the recordings that the simulation makes: one per session, each of a subject."""
        width = max(2, len(str(self.config.n_sessions)))
        labels = [f"{i + 1:0{width}d}" for i in range(self.config.n_sessions)]
        return [Recording.from_path(f"sub-{x}/trials/sub-{x}_trials.h5") for x in labels]

    def fetch(self, target_dir: Path, context: FetchContext) -> None:
        """Simulate all sessions; the random numbers of each are its own.

        Raises
        ------
        ValueError
            If there is no seed.
        """
        import numpy as np

        from neuro.datasets.rhythms import draw_truth, simulate
        from neuro.io import hdf5

        if context.seed is None:
            raise ValueError("A simulation needs a seed, got None.")
        dataset = int.from_bytes(hashlib.sha256(self.name.encode()).digest()[:8], "big")
        law = np.random.SeedSequence([context.seed, dataset])
        truth = draw_truth(self.recipe(), np.random.default_rng(law))
        arrays: dict[str, Array] = {}
        with atomic(target_dir) as root:
            root.mkdir()
            tree.describe(root, "Simulated rhythms", self.license, self.citation)
            for i, recording in enumerate(self.listing()):
                own = np.random.SeedSequence([context.seed, dataset], spawn_key=(i,))
                session = simulate(truth, np.random.default_rng(own))
                _write_session(session, truth, root / recording.path)
                arrays |= _known(session, truth, recording.name)
            tree.write_participants(root)
            hdf5.write(root / "truth.h5", arrays, {})

    def recipe(self) -> "Recipe":
        """Sizes and strengths."""
        from neuro.datasets.rhythms import Recipe

        return Recipe(**{key: getattr(self.config, key) for key in CHANGED})


def _write_session(session: "Simulated", truth: "Truth", path: Path) -> None:
    """Write a session as one trial that is as long as it."""
    import numpy as np

    from neuro.io.trials import TrialsFile, write_trials

    n_channels = len(session.data)
    none = np.array([""])
    path.parent.mkdir(parents=True, exist_ok=True)
    trials = TrialsFile(
        data=session.data[np.newaxis].astype(np.float32),
        labels=np.array(["rest"]),
        channels=tuple(f"parcel{i + 1}" for i in range(n_channels)),
        channel_types=("misc",) * n_channels,
        sfreq=truth.recipe.sfreq,
        tmin=0.0,
        unit="arbitrary",
        part=none,
        subject=none,
        session=none,
        run=none,
        onset=np.zeros(1),
        note="simulated",
    )
    write_trials(path, trials)


def _known(session: "Simulated", truth: "Truth", name: str) -> "dict[str, Array]":
    """What is known of a session whose channels have mean 0 and standard deviation 1."""
    import numpy as np

    from neuro.io.hdf5 import Array

    center = session.data.mean(axis=1, keepdims=True)
    scale = session.data.std(axis=1, keepdims=True)
    first, last, step = FREQUENCIES
    frequencies = np.arange(first, last + step / 2, step)
    spectra = truth.spectra(frequencies, session.strengths) / scale**2
    covariance = truth.covariance(session.strengths) / (scale * scale.T)
    arrays = {
        "covariance": Array(covariance, ("channel", "channel")),
        "spectra": Array(spectra, ("channel", "frequency"), "1/Hz"),
        "frequencies": Array(frequencies, ("frequency",), "Hz"),
        "strengths": Array(session.strengths, ("network",)),
        "bursts": Array(session.bursts, ("network", "time")),
        "mean": Array(((session.mean - center) / scale).astype(np.float32), ("channel", "time")),
        "deviation": Array((session.deviation / scale).astype(np.float32), ("channel", "time")),
    }
    return {f"{name}/{key}": array for key, array in arrays.items()}
