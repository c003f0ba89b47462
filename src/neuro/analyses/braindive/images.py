"""Images with categories: scikit-image's faces, or a folder with a table; training and held out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class ImageSet:
    """Images of one size.

    Parameters
    ----------
    pixels : ndarray, shape (n_images, n_channels, height, width)
        Grey values or red, green, blue, between 0 and 1.
    categories : ndarray of str, shape (n_images,)
        What is in them.
    names : ndarray of str, shape (n_images,)
        How they are called.
    """

    pixels: Floats
    categories: NDArray[np.str_]
    names: NDArray[np.str_]

    def __post_init__(self) -> None:
        pixels = self.pixels
        if pixels.ndim != 4 or pixels.shape[1] not in (1, 3):
            raise ValueError(
                "images: must have shape (n_images, 1 or 3, height, width). Got "
                f"{tuple(pixels.shape)}."
            )
        if len(pixels) == 0:
            raise ValueError("images: there is none")
        if not len(pixels) == len(self.categories) == len(self.names):
            raise ValueError(
                f"images: {len(pixels)} images, {len(self.categories)} categories and "
                f"{len(self.names)} names; there must be one of each for every image"
            )
        low, high = float(pixels.min()), float(pixels.max())
        if not np.isfinite(pixels).all() or low < 0 or high > 1:
            raise ValueError(
                f"images: values must lie between 0 and 1. Got {low:g} to {high:g}; divide 8-bit "
                "images by 255"
            )

    def __len__(self) -> int:
        return len(self.pixels)

    def select(self, chosen: Ints | NDArray[np.bool_]) -> "ImageSet":
        """Some of the images."""
        return ImageSet(self.pixels[chosen], self.categories[chosen], self.names[chosen])

    def of(self, category: str) -> "ImageSet":
        """Those of one category.

        Raises
        ------
        ValueError
            If there is none.
        """
        hit = self.categories == category
        if not hit.any():
            there = ", ".join(sorted(set(self.categories.tolist())))
            raise ValueError(f"images: none of category {category!r}; there are: {there}")
        return self.select(hit)

    def cropped(self, size: int) -> "ImageSet":
        """The middle `size` x `size` pixels.

        Raises
        ------
        ValueError
            If the images are smaller.
        """
        height, width = self.pixels.shape[2:]
        if min(height, width) < size:
            raise ValueError(
                f"images: {height} x {width} pixels are too few for size {size}; give larger "
                "images, or a smaller size"
            )
        top, left = (height - size) // 2, (width - size) // 2
        pixels = self.pixels[:, :, top : top + size, left : left + size]
        return ImageSet(np.ascontiguousarray(pixels), self.categories, self.names)


def faces() -> ImageSet:
    """One hundred faces (Labeled Faces in the Wild), one hundred pieces of their backgrounds.

    They come with scikit-image: 25 x 25 grey values.

    Returns
    -------
    images : ImageSet
        Categories `face` and `other`.

    Examples
    --------
    >>> import neuro
    >>> images = neuro.braindive.faces()
    >>> images.pixels.shape, int((images.categories == "face").sum())
    ((200, 1, 25, 25), 100)
    """
    from skimage.data import lfw_subset

    pixels = np.asarray(lfw_subset(), dtype=np.float32)[:, None]
    half = len(pixels) // 2
    categories = np.repeat(["face", "other"], [half, len(pixels) - half])
    names = np.array([f"lfw-{i:03d}" for i in range(len(pixels))])
    return ImageSet(pixels, categories, names)


def from_folder(folder: str | Path, mode: str = "L", size: int | None = None) -> ImageSet:
    """Images that `images.tsv` in the folder lists, with columns `file` and `category`.

    Parameters
    ----------
    folder : str | Path
        Where table and images are.
    mode : str
        Pillow's: `L` for grey values, `RGB` for colour.
    size : int, optional
        Height and width that they must have; without it, all must have those of the first.

    Returns
    -------
    images : ImageSet
        In the table's order.

    Raises
    ------
    ValueError
        If an image is missing, cannot be read, or differs in size or mode.
    """
    from neuro.io.tables import read_tsv

    folder = Path(folder)
    table = read_tsv(folder / "images.tsv", ("file", "category"))
    files = [folder / str(name) for name in table["file"]]
    if not files:
        raise ValueError(f"{folder / 'images.tsv'}: lists no image")
    shape = None if size is None else (size, size)
    arrays: list[Floats] = []
    for path in files:
        array = _read(path, mode)
        shape = shape or (array.shape[1], array.shape[2])
        if array.shape[1:] != shape:
            raise ValueError(
                f"{path}: {array.shape[1]} x {array.shape[2]} pixels; all images must have "
                f"{shape[0]} x {shape[1]}. Resize it"
            )
        arrays.append(array)
    names = np.array([str(name) for name in table["file"]])
    return ImageSet(np.stack(arrays), np.array(table["category"].astype(str)), names)


def _read(path: Path, mode: str) -> Floats:
    """One image as channels, height, width between 0 and 1."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            found = image.mode
            values = (np.asarray(image, dtype=np.float32) / 255).astype(np.float32)
    except FileNotFoundError:
        raise ValueError(f"{path}: no such image, but images.tsv lists it") from None
    except UnidentifiedImageError as error:
        raise ValueError(f"{path}: not an image that can be read ({error})") from error
    if found != mode:
        raise ValueError(f"{path}: mode {found}; all images must have mode {mode}. Convert it")
    return values[None] if values.ndim == 2 else np.moveaxis(values, 2, 0)


def split(images: ImageSet, held_out: float, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Indices of training and held-out images, the same share of each category.

    Parameters
    ----------
    images : ImageSet
        All.
    held_out : float
        Share that is held out.
    rng : numpy.random.Generator
        Random numbers.

    Raises
    ------
    ValueError
        If a category has too few images to be in both.
    """
    train: list[int] = []
    test: list[int] = []
    for category in _unique(images.categories.tolist()):
        members = rng.permutation(np.flatnonzero(images.categories == category))
        n = max(1, round(held_out * len(members)))
        if n >= len(members):
            raise ValueError(
                f"images: category {category!r} has {len(members)}, of which {n} would be held "
                "out and none left for training"
            )
        test += members[:n].tolist()
        train += members[n:].tolist()
    return np.array(sorted(train)), np.array(sorted(test))


def _unique(values: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(values))
