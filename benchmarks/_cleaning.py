"""Does cleaning earn its place? Noise of the N170 and decoding, raw, filtered and fully cleaned.

`python -m benchmarks._cleaning` fetches the recordings of the default configuration where they are
not there yet. Decoding is that of the workflow: linear discriminant analysis of all channels in the
contrast's window, in blocks that it was not trained on, with intervals over the predicted trials.
"""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import mne
import numpy as np
import pandas as pd
import yaml

from neuro.config import EEGDataset, EEGPreprocess, validate
from neuro.datasets.listing import list_recordings
from neuro.io.bids import Recording
from neuro.preprocess.chain import apply_chain
from neuro.preprocess.contrasts import evaluate as measure
from neuro.preprocess.decode import evaluate as decode
from neuro.preprocess.epoching import cut_epochs, select_events
from neuro.preprocess.reading import open_recording

ROOT = Path(__file__).parents[1]
DATASET, SEED = "faces", 2026
MONTAGE = {"montage": {"name": "biosemi128"}}
FILTER = {"filter": {"h_freq": 30}}
REFERENCE = {"reference": {"channels": "average"}}
ARTIFACTS = [{"bad_channels": {"methods": ["flat", "lof", "neighbors"]}}, {"bad_segments": {}}]
STAGES: dict[str, tuple[list[Any], str | None]] = {
    "raw": ([MONTAGE, REFERENCE], None),
    "filtered": ([MONTAGE, FILTER, REFERENCE], None),
    "full": (
        [MONTAGE, FILTER, *ARTIFACTS, {"ica": {"decim": 2}}, {"interpolate": {}}, REFERENCE],
        "local",
    ),
}
"""Chain, and autoreject, of each stage; the recordings come filtered from 1 to 30 Hz."""


def stage_of(section: EEGDataset, chain: list[Any], autoreject: str | None) -> EEGPreprocess:
    """The default configuration with another chain."""
    given = section.preprocess.model_dump(mode="json")
    given["epochs"] |= {"reject": None, "autoreject": autoreject}
    decoding = {"bin_width": 0.1, "n_permutations": 200}
    return EEGPreprocess.model_validate({**given, "chain": chain, "decoding": decoding})


def clean(
    recording: Recording, section: EEGDataset, params: EEGPreprocess
) -> tuple[mne.BaseEpochs, dict[str, Any]]:
    """Epochs of a recording, and what the steps found."""
    rng = np.random.default_rng(SEED)
    source = open_recording(ROOT / "data" / DATASET / "bids", recording)
    raw, where = source.raw.load_data(), str(source.path)
    history = apply_chain(raw, params.chain, rng)
    events, codes = select_events(raw, section.events, where)
    epochs, found = cut_epochs(raw, events, codes, params.epochs, where, rng)
    return epochs, {**{entry["method"]: entry["found"] for entry in history}, "epochs": found}


def row(recording: Recording, stage: str, section: EEGDataset) -> dict[str, Any]:
    """What a stage leaves of noise and information."""
    params = stage_of(section, *STAGES[stage])
    start = time.perf_counter()
    epochs, found = clean(recording, section, params)
    seconds = time.perf_counter() - start
    (name,) = params.contrasts
    erp = measure(
        epochs, name, params.contrasts[name], params.statistics, np.random.default_rng(SEED)
    )
    decoded = decode(epochs, name, params.decoded, np.random.default_rng(SEED))
    mended = found["epochs"].get("autoreject", {}).get("n_mended", 0)
    counts = found["epochs"]
    print(f"{recording.name}, {stage}: {seconds:.0f} s", flush=True)
    return {
        "recording": recording.name,
        "stage": stage,
        "epochs": f"{sum(counts['kept'].values())} of {sum(counts['events'].values())}",
        "autoreject": counts["dropped"].get("autoreject", 0),
        "mended": mended,
        "bad channels": len(found.get("interpolate", {}).get("channels", [])),
        "components": len(found.get("ica", {}).get("excluded", [])),
        "N170 µV": f"{1e6 * erp.component.mean.value:.2f}",
        "SME face µV": f"{1e6 * erp.sme_first:.3f}",
        "SME house µV": f"{1e6 * erp.sme_second:.3f}",
        "AUC all channels": _text(decoded.window),
        "AUC region": _text(decoded.baseline),
        "seconds": round(seconds),
    }


def _text(score: Any) -> str:
    return f"{score.value:.3f} [{score.low:.3f}, {score.high:.3f}]"


def main() -> int:
    fetch = [sys.executable, "-m", "snakemake", f"data/{DATASET}/fetch.json"]
    subprocess.run([*fetch, "--cores", "1", "--quiet", "all"], cwd=ROOT, check=True)
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    section = validate(config, "config.yaml").datasets[DATASET]
    assert isinstance(section, EEGDataset)
    recordings = list_recordings(section.source, section.recordings, DATASET) or []
    with mne.use_log_level("ERROR"):
        rows = [row(recording, stage, section) for recording in recordings for stage in STAGES]
    print(pd.DataFrame(rows).to_string(index=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
