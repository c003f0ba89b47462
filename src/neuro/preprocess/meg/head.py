"""The head: an individual one out of FreeSurfer's folder, or the template that MNE ships.

The template is FreeSurfer's `fsaverage` (Fischl et al., 1999): scalp, inner skull, fiducials.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mne
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
TEMPLATE = "fsaverage"
MNI_OF_TEMPLATE = np.array(
    [
        [0.9975, -0.0073, 0.0176, -0.0429],
        [0.0146, 1.0009, -0.0024, 1.5496],
        [-0.0130, -0.0093, 0.9971, 1.1840],
        [0.0, 0.0, 0.0, 1.0],
    ]
)
"""From MNI305, the template's own space, to MNI152 (FreeSurfer's `CoordinateSystems`), mm."""
INNER_SKULL = 1


@dataclass(frozen=True)
class Head:
    """A head in its own MRI coordinates (FreeSurfer's surface RAS).

    Parameters
    ----------
    subject : str
        Name of its folder.
    subjects_dir : Path
        Where that folder is.
    is_template : bool
        Whether it may be scaled.
    skull : ndarray, shape (n_vertices, 3)
        Inner skull, m.
    triangles : ndarray, shape (n_triangles, 3)
        Its triangles.
    mni : ndarray, shape (4, 4)
        From MRI coordinates to MNI152, mm.
    """

    subject: str
    subjects_dir: Path
    is_template: bool
    skull: Floats
    triangles: NDArray[np.int_]
    mni: Floats

    def from_mni(self, points: Floats) -> Floats:
        """MRI coordinates, m, of points in MNI152, mm."""
        inverse = np.linalg.inv(self.mni)
        there: Floats = (points @ inverse[:3, :3].T + inverse[:3, 3]) / 1e3
        return there


@contextmanager
def open_head(subject: str, subjects_dir: str | Path | None, n_triangles: int) -> Iterator[Head]:
    """Find the head of a subject.

    Parameters
    ----------
    subject : str
        BIDS label.
    subjects_dir : str | Path | None
        FreeSurfer's folder; None for the template.
    n_triangles : int
        Triangles of the template's inner skull, 1280 or 5120.

    Yields
    ------
    head : Head
        Usable as long as the context lasts.

    Raises
    ------
    FileNotFoundError
        If the folder is not there, or a subject's folder lacks a file.
    """
    if subjects_dir is not None:
        folder = Path(subjects_dir).expanduser()
        if not folder.is_dir():
            raise FileNotFoundError(f"preprocess.source.subjects_dir: {folder}: no such folder")
        for name in (f"sub-{subject}", subject):
            if (folder / name).is_dir():
                yield _individual(name, folder)
                return
    with tempfile.TemporaryDirectory() as scratch:
        yield _template(Path(scratch), n_triangles)


def _template(scratch: Path, n_triangles: int) -> Head:
    shipped = Path(mne.__file__).parent / "data"
    bem = scratch / TEMPLATE / "bem"
    bem.mkdir(parents=True)
    for part in ("head", "fiducials"):
        name = f"{TEMPLATE}-{part}.fif"
        shutil.copyfile(shipped / TEMPLATE / name, bem / name)
    (surface,) = mne.read_bem_surfaces(shipped / TEMPLATE / f"{TEMPLATE}-inner_skull-bem.fif")
    spheres = mne.read_bem_surfaces(shipped / "icos.fif.gz")
    by_size = {sphere["ntri"]: sphere for sphere in spheres}
    fine, coarse = by_size[surface["ntri"]], by_size[n_triangles]
    # The surface is a warped sphere, whose vertices are also those of the coarser sphere.
    distance, same = cKDTree(fine["rr"]).query(coarse["rr"])
    if distance.max() > 0.01:
        raise RuntimeError("The template's inner skull is not the expected subdivided sphere")
    return Head(
        subject=TEMPLATE,
        subjects_dir=scratch,
        is_template=True,
        skull=np.asarray(surface["rr"][same], dtype=float),
        triangles=np.asarray(coarse["tris"]),
        mni=MNI_OF_TEMPLATE,
    )


def _individual(subject: str, subjects_dir: Path) -> Head:
    folder = subjects_dir / subject
    talairach = folder / "mri" / "transforms" / "talairach.xfm"
    models = sorted((folder / "bem").glob(f"{subject}-*bem.fif"))
    scalp = folder / "bem" / f"{subject}-head.fif"
    wanted = {"talairach.xfm": talairach.is_file(), "a -bem.fif": bool(models)}
    wanted["a -head.fif"] = scalp.is_file()
    if lacking := [name for name, there in wanted.items() if not there]:
        raise FileNotFoundError(
            f"{folder}: lacks {' and '.join(lacking)}; make them with FreeSurfer and "
            "`mne watershed_bem`, or take the subject's folder away to use the template"
        )
    skulls = [
        surface for surface in mne.read_bem_surfaces(models[0]) if surface["id"] == INNER_SKULL
    ]
    if not skulls:
        raise ValueError(f"{models[0]}: has no inner skull among its surfaces")
    to_mni305 = _talairach(talairach)
    return Head(
        subject=subject,
        subjects_dir=subjects_dir,
        is_template=False,
        skull=np.asarray(skulls[0]["rr"], dtype=float),
        triangles=np.asarray(skulls[0]["tris"]),
        mni=MNI_OF_TEMPLATE @ to_mni305,
    )


def _talairach(path: Path) -> Floats:
    """From MRI coordinates to MNI305, mm.

    The file is about scanner coordinates; the folder's `mri/orig.mgz` has its offset to surface
    RAS where the two differ.
    """
    rows = [line.strip(" ;\n") for line in path.read_text(encoding="utf-8").splitlines()]
    numbers = [
        [float(x) for x in row.split()]
        for row in rows
        if len(row.split()) == 4 and row[0] in "-0123456789."
    ]
    if len(numbers) != 3:
        raise ValueError(f"{path}: not a transform of FreeSurfer; it has {len(numbers)} rows of 4")
    affine = np.vstack([numbers, [0.0, 0.0, 0.0, 1.0]])
    original = path.parents[1] / "orig.mgz"
    if original.is_file():
        import nibabel

        header: Any = nibabel.load(original).header
        affine = affine @ header.get_vox2ras() @ np.linalg.inv(header.get_vox2ras_tkr())
    return affine
