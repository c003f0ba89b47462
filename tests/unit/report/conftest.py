"""A small tree of manifests with real pictures and tables."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from neuro.io import manifest as manifests
from neuro.io.manifest import Citation, Figure, KeyNumber, Manifest, Table
from neuro.io.tables import write_tsv

Make = Callable[..., Path]

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 36"><path d="M0 0h9"/></svg>'


def _png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    pixels = zlib.compress((b"\0" + b"\xff" * width) * height)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a manifest with two figures and a table; keywords replace its fields."""

    def write(dataset: str = "faces", recording: str = "", **fields: Any) -> Path:
        word = fields.get("word", "preprocess")
        folder = tmp_path / "results" / f"{len(list(tmp_path.rglob('manifest.json')))}"
        (folder / "figures").mkdir(parents=True)
        (folder / "figures" / "evoked.svg").write_text(SVG)
        (folder / "psd.png").write_bytes(_png(40, 20))
        rows = fields.pop("rows", 3)
        table = pd.DataFrame({"channel": [f"A{i}" for i in range(rows)], "sd": [0.5] * rows})
        write_tsv(folder / "channels.tsv", table)
        content: dict[str, Any] = {
            "word": word,
            "dataset": dataset,
            "recording": recording,
            "title": "Face-sensitive N170",
            "question": "Do faces evoke an N170?",
            "key_numbers": [KeyNumber(name="N170", value=-4.1, unit="µV", chance=0.0)],
            "figures": [
                Figure(path="figures/evoked.svg", title="Evoked", caption="Mean.", alt="A dip."),
                Figure(path="psd.png", title="Spectra.", caption="Power.", alt="A slope."),
            ],
            "tables": [Table(path="channels.tsv", title="Channels", caption="By channel.")],
            "methods": ["Filtered at 40 Hz."],
            "citations": [Citation(text="Gramfort et al. (2013).", url="https://doi.org/10/x")],
            "licenses": ["CC0"],
        }
        path = folder / "manifest.json"
        manifests.write(path, Manifest(**{**content, **fields}))
        return path

    return write
