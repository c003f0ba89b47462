"""Simulated people with fMRI and diffusion MRI, as a tree of derivatives; the truth beside them."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from neuro.datasets import tree
from neuro.datasets.base import DatasetSource, FetchContext
from neuro.io.atomic import atomic
from neuro.io.bids import Recording

if TYPE_CHECKING:
    from neuro.config import PeopleSource as PeopleConfig
    from neuro.datasets.multimodal import People, Recipe

ATLAS = "simulated"
"""Label of the atlas."""


class PeopleSource(DatasetSource["PeopleConfig"]):
    """A tree of derivatives of simulated people; `truth.h5` at its root holds what was planted."""

    license = "CC0-1.0 (computer-generated)"
    citation = "Simulated by neuro; nobody was recorded."
    makes_data = True

    def __init__(
        self, config: "PeopleConfig", name: str = "", modality: str = "multimodal"
    ) -> None:
        super().__init__(config, name, modality)

    @property
    def makers(self) -> tuple[str, ...]:
        """Modules of the plug-in and of the generator, which is imported to make something only."""
        return (__name__, "neuro.datasets.multimodal")

    def listing(self) -> list[Recording]:
        """List the recordings that the simulation makes: one per person."""
        width = max(3, len(str(self.config.n_subjects)))
        labels = [f"{i + 1:0{width}d}" for i in range(self.config.n_subjects)]
        return [
            Recording.from_path(
                f"sub-{x}/func/sub-{x}_task-rest_seg-{ATLAS}_stat-pearsoncorrelation_relmat.tsv"
            )
            for x in labels
        ]

    def fetch(self, target_dir: Path, context: FetchContext) -> None:
        """Simulate all people; the seed, or the configuration's and the dataset's name, tell how.

        Raises
        ------
        ValueError
            If there is no seed.
        """
        from neuro.datasets.multimodal import simulate

        people = simulate(self.recipe(), self._seed(context.seed))
        names = region_names(people.alff.shape[1])
        with atomic(target_dir) as root:
            root.mkdir()
            tree.describe(root, "Simulated people", self.license, self.citation, kind="derivative")
            for i, recording in enumerate(self.listing()):
                write_person(root, recording.subject, ATLAS, names, people, i)
            groups = ["patient" if ill else "control" for ill in people.labels]
            rows = [
                (f"sub-{r.subject}", group, round(float(age), 1))
                for r, group, age in zip(self.listing(), groups, people.age, strict=True)
            ]
            tree.write_table(root / "participants.tsv", ["participant_id", "group", "age"], rows)
            places = people.positions.round(2).tolist()
            tree.write_table(
                root / f"atlases/atlas-{ATLAS}_dseg.tsv",
                ["index", "label", "x", "y", "z"],
                [
                    (k + 1, name, *xyz)
                    for k, (name, xyz) in enumerate(zip(names, places, strict=True))
                ],
            )
            _write_truth(people, names, root / "truth.h5")

    def recipe(self) -> "Recipe":
        """What is simulated."""
        from neuro.datasets.multimodal import Recipe

        return Recipe(**self.config.model_dump(exclude={"type", "seed"}))

    def _seed(self, seed: int | None) -> int:
        if self.config.seed is not None:
            return self.config.seed
        if seed is None:
            raise ValueError("A simulation needs a seed, got None.")
        import numpy as np

        dataset = int.from_bytes(hashlib.sha256(self.name.encode()).digest()[:8], "big")
        return int(np.random.SeedSequence([seed, dataset]).generate_state(1)[0])


def region_names(n: int) -> list[str]:
    """Names of simulated regions: the left hemisphere's, then the right one's."""
    half = n // 2
    return [f"{side}{k + 1}" for side in ("L", "R") for k in range(half)]


def write_person(
    root: Path, subject: str, atlas: str, names: list[str], people: "People", i: int
) -> None:
    """Write a person's maps and matrices, as tools for fMRI and diffusion MRI name them.

    Parameters
    ----------
    root : Path
        The tree.
    subject, atlas : str
        Labels.
    names : list of str
        Regions.
    people : People
        The cohort.
    i : int
        Which of them.
    """
    function = root / f"sub-{subject}/func/sub-{subject}_task-rest_seg-{atlas}"
    structure = root / f"sub-{subject}/dwi/sub-{subject}_seg-{atlas}"
    for stem, ending, values, digits in (
        (function, "stat-alff_bold", people.alff[i : i + 1], 4),
        (function, "stat-pearsoncorrelation_relmat", people.fc[i], 4),
        (structure, "stat-fa_dwimap", people.fa[i : i + 1], 4),
        (structure, "stat-streamlines_relmat", people.sc[i].astype(int), 0),
    ):
        rows = values.round(digits).tolist() if digits else values.tolist()
        tree.write_table(Path(f"{stem}_{ending}.tsv"), names, rows)


def _write_truth(people: "People", names: list[str], path: Path) -> None:
    import numpy as np

    from neuro.datasets.multimodal import oracle
    from neuro.io import hdf5
    from neuro.io.hdf5 import Array

    arrays = {
        "regions": Array(np.array(names).astype(str), ("region",)),
        "networks": Array(people.networks, ("network", "region")),
        "planted": Array(people.planted, ("region",)),
        "engagement": Array(people.engagement, ("participant", "network")),
        "integrity": Array(people.integrity, ("participant", "network")),
        "log_odds": Array(people.odds, ("participant",)),
        "oracle": Array(np.array([oracle(people)]), ("one",)),
    }
    hdf5.write(path, arrays, {})
