"""Fixtures shared by all tests: nothing here touches the network or real recordings."""

import copy
import os
from pathlib import Path
from typing import Any

# One numeric thread, as jobs have, set before numpy and torch are loaded: small arrays are faster
# so, and two threads that wait for each other on a busy machine are slower by a multiple.
for name in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{name}_NUM_THREADS", "1")

import matplotlib  # noqa: E402
import pytest  # noqa: E402

matplotlib.use("Agg")

ROOT = Path(__file__).parents[1]

CONFIG: dict[str, Any] = {
    "seed": 1,
    "datasets": {
        "planted": {
            "modality": "eeg",
            "source": {"type": "simulate", "n_subjects": 2, "n_trials": 20, "noise": 4},
            "events": {"standard": ["standard"], "target": ["target"]},
            "preprocess": {
                "chain": [
                    {"filter": {"l_freq": 0.5, "h_freq": 30}},
                    {"reference": {"channels": "average"}},
                ],
                "epochs": {"tmin": -0.2, "tmax": 0.6},
                "contrasts": {
                    "target-minus-standard": {
                        "first": ["target"],
                        "second": ["standard"],
                        "component": "planted",
                        "polarity": "negative",
                        "roi": ["PO3", "PO4"],
                        "window": [0.12, 0.22],
                    }
                },
                "statistics": {"n_bootstraps": 100, "n_permutations": 200},
            },
        }
    },
}


@pytest.fixture(scope="session")
def shared_config() -> dict[str, Any]:
    """The small configuration of runs that several tests look at."""
    return copy.deepcopy(CONFIG)


@pytest.fixture
def raw_config() -> dict[str, Any]:
    """A valid configuration as YAML gives it, to be broken at will."""
    return copy.deepcopy(CONFIG)


@pytest.fixture
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(autouse=True)
def _closed_figures() -> Any:
    yield
    import matplotlib.pyplot as plt

    plt.close("all")
