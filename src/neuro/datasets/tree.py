"""Making a BIDS-like tree: its description, its participants, tables, compressed images."""

import gzip
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

BIDS_VERSION = "1.9.0"


def place(source: Path, target: Path) -> None:
    """Copy a file or a folder to its place; a tree that was fetched stands on its own."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)


def describe(root: Path, name: str, license_: str, citation: str, *, kind: str = "raw") -> None:
    """Write dataset_description.json, unless it is there.

    Parameters
    ----------
    root : Path
        The tree.
    name : str
        The dataset's title.
    license_, citation : str
        Licence, and whom to cite.
    kind : str
        `raw`, or `derivative` for what others have preprocessed.
    """
    path = root / "dataset_description.json"
    if path.exists():
        return
    content: dict[str, Any] = {
        "Name": name,
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": kind,
        "License": license_,
        "ReferencesAndLinks": citation.splitlines(),
    }
    if kind == "derivative":
        content["GeneratedBy"] = [{"Name": "the authors of the recordings"}]
    write_json(path, content)


def write_participants(root: Path) -> None:
    """Write participants.tsv: a row per folder `sub-*`, unless the table is there."""
    path = root / "participants.tsv"
    if not path.exists():
        subjects = sorted(folder.name for folder in root.glob("sub-*") if folder.is_dir())
        write_table(path, ["participant_id"], ([subject] for subject in subjects))


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON sidecar; the same content gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a TSV file; numbers with all their digits, None as `n/a`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("\t".join(columns) + "\n")
        for row in rows:
            texts = ["n/a" if value is None else str(value) for value in row]
            if bad := [text for text in texts if "\t" in text or "\n" in text]:
                raise ValueError(f"{path}: a value with a tab or a line break: {bad[0]!r}")
            file.write("\t".join(texts) + "\n")


def write_image(path: Path, image: Any) -> None:
    """Write a NIfTI image, compressed; the same image gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A compressed file's header would hold its name and the time.
    path.write_bytes(gzip.compress(image.to_bytes(), mtime=0))
