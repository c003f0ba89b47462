"""`manifest.json`: what an analysis has to say; the report is nothing but its rendering."""

from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from neuro.io.atomic import read_json, write_json


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _relative(path: str) -> str:
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts:
        raise ValueError("must be a path below the manifest's own folder")
    return path


class KeyNumber(_Part):
    """A number with what is needed to judge it."""

    name: str
    value: float
    unit: str = ""
    interval: tuple[float, float] | None = None
    confidence: float | None = None
    chance: float | None = None
    p: float | None = None
    n: str = Field("", description="What was counted, e.g. `198 and 200 trials`.")
    note: str = ""


class Figure(_Part):
    """A picture; `path` is relative to the manifest's folder."""

    path: str
    title: str
    caption: str
    alt: str

    _below = field_validator("path")(_relative)


class Table(_Part):
    """A TSV file; `path` is relative to the manifest's folder."""

    path: str
    title: str
    caption: str

    _below = field_validator("path")(_relative)


class Citation(_Part):
    """A work to cite; the URL is optional."""

    text: str
    url: str = ""


class Manifest(_Part):
    """All that the report shows of one word (`preprocess`, `states`...) on one dataset.

    A manifest with a `recording` belongs to that recording alone.
    """

    word: str
    dataset: str
    recording: str = ""
    title: str
    question: str
    key_numbers: list[KeyNumber] = []
    figures: list[Figure] = []
    tables: list[Table] = []
    methods: list[str] = Field([], description="Paragraphs, made from the actual parameters.")
    citations: list[Citation] = []
    licenses: list[str] = []
    warnings: list[str] = []
    params: dict[str, Any] = {}


def write(path: str | Path, manifest: Manifest) -> None:
    """Write a manifest; every file that it names must be there already.

    Raises
    ------
    FileNotFoundError
        If a figure or table does not exist.
    """
    folder = Path(path).parent
    named: list[Figure | Table] = [*manifest.figures, *manifest.tables]
    for item in named:
        if not (folder / item.path).is_file():
            raise FileNotFoundError(f"{path}: names {item.path}, which is not in {folder}")
    write_json(path, manifest.model_dump(mode="json"))


def read(path: str | Path) -> Manifest:
    """Read a manifest.

    Raises
    ------
    ValueError
        If the file is not a manifest.
    """
    try:
        return Manifest.model_validate(read_json(path))
    except ValidationError as error:
        raise ValueError(f"{path}: not a manifest: {error}") from error
