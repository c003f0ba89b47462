"""What makes a folder of results a BIDS derivative: description, README, and what BIDS ignores."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neuro import __version__
from neuro.io.atomic import write_json, write_text

BIDS_VERSION = "1.10.0"
IGNORED = {
    "*.h5": "arrays that BIDS has no format for",
    "*.fif": "recordings in MNE's names",
    "*.html": "quality pages",
    "*manifest.json": "what the report is made of",
    "*.tsv": "tables of results",
    "*_maps": "folders with maps of a recording in NIfTI, named by what they are of",
    "*figures": "folders with figures",
    "sub-*/**/ophys": "calcium imaging, of which BIDS knows raw images only",
    "sub-*/**/ecephys": "spikes, likewise",
}
"""Patterns of files that the specification has no name for, and what they are."""


def write_description(
    path: str | Path, dataset: str, what: str, fetched: Mapping[str, Any]
) -> None:
    """Write `dataset_description.json`, and beside it `README.md` and `.bidsignore`.

    Parameters
    ----------
    path : str | Path
        The description.
    dataset : str
        The dataset's name in the configuration.
    what : str
        What the folder holds, in a few words.
    fetched : mapping
        What is known of the source: `license` and `citation`; empty if nothing is.
    """
    description = {
        "Name": f"{dataset}: {what}",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "neuro-workflow", "Version": __version__}],
    }
    if fetched:
        description |= {"License": fetched["license"], "HowToAcknowledge": fetched["citation"]}
    write_json(path, description)
    folder = Path(path).parent
    patterns = [f"# {why}\n{pattern}\n" for pattern, why in IGNORED.items()]
    write_text(folder / ".bidsignore", "".join(patterns))
    write_text(folder / "README.md", _readme(dataset, what))


def _readme(dataset: str, what: str) -> str:
    files = "".join(f"- `{pattern}`: {why}\n" for pattern, why in IGNORED.items())
    return (
        f"# {dataset}\n\n{what[0].upper()}{what[1:]}, made by neuro-workflow {__version__}. Each "
        "recording has a folder of its subject and session; what was done to it is told by its "
        "page (`*_report.html`), and of all recordings together by `manifest.json`.\n\nFiles that "
        f"BIDS has no word for are on its list `.bidsignore`:\n\n{files}"
    )
