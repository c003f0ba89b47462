"""Spikes: are the head-direction cells of the anterodorsal thalamus found again?

`python -m benchmarks._preprocess_spikes` tells the tuning of every unit of the catalogue's mouse.
"""

import resource
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

ROOT = Path(__file__).parents[1]
REGION, RESULTANT = "adn", 0.7
PREPROCESS = {
    "covariates": {"heading": {"series": ["CompassDirection/ry"], "kind": "angle"}},
    "tuning": {"heading": {"epochs": ["wake"], "min_strength": RESULTANT}},
}


def claims() -> dict[str, float]:
    """Units of ADn that are tuned to heading: resultant length and corrected p both hold."""
    with tempfile.TemporaryDirectory() as scratch:
        units = preprocess(Path(scratch))
    columns = [
        *("unit", "region", "rate_hz"),
        *(f"heading_{key}" for key in ("strength", "chance", "p", "q", "stability", "tuned")),
    ]
    print(units[columns].to_string(index=False, float_format="%.4g"))
    ours = units[units["region"] == REGION]
    return {"preprocess.adn_tuned_units": float(ours["heading_tuned"].sum())}


def preprocess(folder: Path) -> pd.DataFrame:
    """Fetch the recording, and do what the workflow's three jobs do."""
    from neuro.config import Recordings, SpikesPreprocess, parse_source
    from neuro.datasets.fetch import run as fetch
    from neuro.datasets.listing import list_recordings
    from neuro.preprocess.spikes import binning, profiling, summary

    source = parse_source({"type": "catalogue", "name": "pynapple-spikes"})
    fetch(
        source=source,
        name="mouse",
        seed=None,
        output=folder / "fetch.json",
        cache_dir=ROOT / "data" / "packages",
        modality="spikes",
    )
    (recording,) = list_recordings(source, Recordings(), "mouse", "spikes") or []
    params = SpikesPreprocess.model_validate(PREPROCESS)
    spikes = folder / f"{recording.name}_spikes.h5"
    about = folder / f"{recording.name}_manifest.json"
    tuning = folder / f"{recording.name}_tuning.h5"
    start = time.process_time()
    binning.run(spikes, root=folder / "bids", recording=recording, params=params.binning)
    binned = time.process_time()
    outputs = SimpleNamespace(tuning=tuning, figures=folder / "figures", manifest=about)
    profiling.run(spikes, outputs, dataset="mouse", recording_name=recording.name, params=params)
    ended = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"binning {binned - start:.1f} s, tuning and figures {ended - binned:.1f} s of CPU time")
    print(f"peak memory {peak:.0f} MiB")
    overview = SimpleNamespace(
        units=folder / "units.tsv",
        description=folder / "dataset_description.json",
        figures=folder / "overview",
        manifest=folder / "manifest.json",
    )
    return summary.run([about], [spikes], [tuning], overview, dataset="mouse")


if __name__ == "__main__":
    print(claims())
