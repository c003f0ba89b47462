"""A NIfTI of volumes over time: its header before anything else, then volume by volume.

nibabel imports late here, since `neuro check` reads headers only.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuro.io.damage import reading

Floats = NDArray[np.float32]

ENDINGS = (".nii.gz", ".nii")
_UNITS = {"sec": 1.0, "msec": 1e-3, "usec": 1e-6}
_REMEDY = (
    "Copy the file from its source again, or leave the recording out with `recordings.exclude`"
)
_CHUNK = 2**22


@dataclass(frozen=True)
class Volumes:
    """What the header of a NIfTI over time says.

    Parameters
    ----------
    path : Path
        The file.
    shape : tuple of int
        Voxels along x, y, z.
    n_times : int
        Volumes.
    affine : ndarray, shape (4, 4)
        Voxel indices to mm.
    tr : float
        Repetition time of the header, s; 0 when it has none, or gives no unit of time: writers
        leave a 1 there then.
    """

    path: Path
    shape: tuple[int, int, int]
    n_times: int
    affine: NDArray[np.float64]
    tr: float

    @property
    def zooms(self) -> NDArray[np.float64]:
        """Size of a voxel, mm."""
        sizes: NDArray[np.float64] = np.sqrt((self.affine[:3, :3] ** 2).sum(axis=0))
        return sizes


def open_volumes(path: str | Path) -> Volumes:
    """Read the header of a NIfTI, and check that the file is as long as it says.

    Parameters
    ----------
    path : str | Path
        A `.nii` or `.nii.gz` of four dimensions.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no NIfTI, has not four dimensions and two volumes, is truncated, or has an
        affine that cannot be inverted.
    """
    path = Path(path)
    image = load(path)
    header: Any = image.header
    shape = tuple(int(n) for n in image.shape)
    if len(shape) != 4 or shape[3] < 2:
        raise ValueError(
            f"{path}: expected volumes over time (4 dimensions, at least 2 volumes), found shape "
            f"{shape}"
        )
    check_size(path, image)
    affine = np.asarray(image.affine, dtype=float)
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
        raise ValueError(f"{path}: its affine is not invertible: {affine.tolist()}. {_REMEDY}")
    with reading(path, "its header has unknown units of space or time", _REMEDY):
        unit = header.get_xyzt_units()[1]
    tr = float(header.get_zooms()[3]) * _UNITS.get(unit, 0.0)
    return Volumes(path, (shape[0], shape[1], shape[2]), shape[3], affine, tr)


def load(path: str | Path) -> Any:
    """Open a NIfTI with nibabel; no voxel is read.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If nibabel cannot read it.
    """
    import nibabel as nib

    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file")
    with reading(path, "not a readable NIfTI file", _REMEDY):
        return nib.load(path, keep_file_open=True)


def check_size(path: Path, image: Any) -> None:
    """Hold the length of a file against its header.

    Of a compressed file the last four bytes tell the length of the content; only where they do
    not fit is the whole file read to know.

    Raises
    ------
    ValueError
        If the file is too short.
    """
    proxy = image.dataobj
    expected = int(proxy.offset) + int(np.prod(image.shape)) * proxy.dtype.itemsize
    if path.suffix != ".gz":
        found = path.stat().st_size
    else:
        with path.open("rb") as file:
            file.seek(-4, 2)
            tail = int.from_bytes(file.read(4), "little")
        found = expected if tail == expected % 2**32 else _inflated(path)
    if found < expected:
        raise ValueError(
            f"{path}: the file is truncated: its header announces {expected} bytes (shape "
            f"{tuple(image.shape)}, {proxy.dtype}), found {found}. {_REMEDY}"
        )


def _inflated(path: Path) -> int:
    """Length of a compressed file's content, as far as it can be read."""
    import zlib

    total = 0
    with gzip.open(path, "rb") as file:
        try:
            while block := file.read1(_CHUNK):
                total += len(block)
        except (EOFError, OSError, zlib.error):
            return total
    return total


def stream(path: str | Path) -> Iterator[Floats]:
    """Yield one volume after the other, reading the file once from its beginning.

    Parameters
    ----------
    path : str | Path
        A NIfTI of four dimensions.

    Yields
    ------
    volume : ndarray, shape (x, y, z)
        In the scanner's units, with the header's scaling.
    """
    image = load(path)
    for i in range(image.shape[3]):
        with reading(path, f"its volume {i + 1} cannot be read", _REMEDY):
            volume = np.asarray(image.dataobj[..., i], dtype=np.float32)
        yield volume


def write_image(path: Path, values: NDArray[Any], affine: NDArray[np.float64]) -> None:
    """Write a NIfTI; the same values give the same bytes."""
    nifti(values, affine).to_filename(path)


def nifti(values: NDArray[Any], affine: NDArray[np.float64]) -> Any:
    """Make an image of nibabel."""
    import nibabel as nib

    make: Any = nib.Nifti1Image
    return make(values, affine)
