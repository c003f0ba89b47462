"""Small fMRI trees whose truth is known."""

import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

from neuro.io.bids import Recording

TR = 2.0
SHAPE = (9, 8, 7)
N_TIMES = 60
AFFINE = np.array([[3.0, 0, 0, -12], [0, 3, 0, -10], [0, 0, 4, -8], [0, 0, 0, 1]])
STEM = "sub-01_task-rest"


@dataclass
class FMRITree:
    """A BIDS tree with one recording.

    `data` are its volumes (x, y, z, time), `inside` its mask.
    """

    root: Path
    data: Any
    inside: Any
    recording: Recording

    @property
    def func(self) -> Path:
        return self.root / "sub-01/func"

    @property
    def bold(self) -> Path:
        return self.root / self.recording.path

    def write(self, data: Any, affine: Any = AFFINE, tr: float = TR, unit: str = "sec") -> None:
        image = nib.Nifti1Image(np.asarray(data, np.float32), affine)
        image.header.set_xyzt_units("mm", unit)
        image.header.set_zooms((*image.header.get_zooms()[:3], tr))
        image.to_filename(self.bold)

    def sidecar(self, **content: Any) -> None:
        name = self.bold.name.split(".")[0] + ".json"
        (self.func / name).write_text(json.dumps(content))

    def mask(self, inside: Any, affine: Any = AFFINE) -> None:
        path = self.func / f"{STEM}_desc-brain_mask.nii.gz"
        nib.Nifti1Image(np.asarray(inside, np.uint8), affine).to_filename(path)

    def table(self, ending: str, columns: dict[str, Any]) -> None:
        pd.DataFrame(columns).to_csv(
            self.func / f"{STEM}_{ending}.tsv", sep="\t", index=False, na_rep="n/a"
        )

    def confounds(self, n_times: int = N_TIMES, **more: Any) -> pd.DataFrame:
        rng = np.random.default_rng(5)
        names = [f"{kind}_{axis}" for kind in ("trans", "rot") for axis in "xyz"]
        table = pd.DataFrame(0.05 * rng.standard_normal((n_times, 6)).cumsum(0), columns=names)
        table[names[3:]] /= 50
        for name in [*names, "csf", "white_matter", "global_signal"]:
            if name not in table:
                table[name] = rng.standard_normal(n_times)
            table[f"{name}_derivative1"] = table[name].diff()
            table[f"{name}_power2"] = table[name] ** 2
            table[f"{name}_derivative1_power2"] = table[name].diff() ** 2
        table["cosine00"] = np.cos(np.arange(n_times) / n_times * np.pi)
        table = table.assign(**more)
        self.table("desc-confounds_timeseries", {name: table[name] for name in table})
        (self.func / f"{STEM}_desc-confounds_timeseries.json").write_text("{}")
        return table


def make_tree(root: Path, name: str = f"{STEM}_desc-preproc_bold.nii.gz") -> FMRITree:
    """Noise about 1000 within an ellipsoid, slow waves shared by its halves."""
    func = root / "sub-01/func"
    func.mkdir(parents=True)
    rng = np.random.default_rng(0)
    center = np.array(SHAPE)[:, None, None, None] / 2 - 0.5
    inside = (((np.indices(SHAPE) - center) / (center + 0.3)) ** 2).sum(axis=0) < 1
    times = np.arange(N_TIMES) * TR
    waves = np.sin(2 * np.pi * 0.05 * times), np.cos(2 * np.pi * 0.03 * times)
    left = np.arange(SHAPE[0])[:, None, None, None] < SHAPE[0] // 2
    data = rng.standard_normal((*SHAPE, N_TIMES)) * 5 + 10 * np.where(left, *waves) + 0.05 * times
    data = np.where(inside[..., None], 1000 + data, 0.1 * rng.random((*SHAPE, N_TIMES)))
    tree = FMRITree(
        root, data.astype(np.float32), inside, Recording.from_path(f"sub-01/func/{name}")
    )
    tree.write(data)
    tree.sidecar(RepetitionTime=TR)
    tree.mask(inside)
    return tree


@pytest.fixture
def fmri_tree(tmp_path: Path) -> FMRITree:
    """A preprocessed run with its mask."""
    return make_tree(tmp_path / "bids")


@pytest.fixture
def raw_tree(tmp_path: Path) -> FMRITree:
    """The same run, by its name raw."""
    return make_tree(tmp_path / "bids", f"{STEM}_bold.nii.gz")


@pytest.fixture
def outputs(tmp_path: Path) -> SimpleNamespace:
    """Where the products of one recording go."""
    folder = tmp_path / "out"
    return SimpleNamespace(
        voxels=folder / "x_voxels.h5",
        maps=folder / "x_maps",
        parcels=folder / "x_parcels.h5",
        figures=folder / "x_figures",
        manifest=folder / "x_manifest.json",
    )
