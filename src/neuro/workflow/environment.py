"""What a run was made with and of: `provenance.json` beside the report."""

import hashlib
import importlib.util
import json
import os
import platform
import shutil
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import psutil

from neuro import __version__
from neuro.datasets.url import shown
from neuro.io.atomic import read_json, write_json
from neuro.workflow import made


def write(path: str | Path, config: dict[str, Any]) -> None:
    """Write versions, hardware, the configuration, and checksums of raw data and results.

    Parameters
    ----------
    path : str | Path
        The file. Keys: `neuro`, `python`, `packages` (version by distribution), `hardware`,
        `config` and its `config_sha256`, `datasets` (what each `fetch.json` says but the list of
        files, and the `sha256` of all of it), `results` (SHA-256 by path, of what jobs wrote).
    config : dict
        The validated configuration; of addresses neither passwords nor queries are kept.
    """
    config = _without_secrets(config)
    dumped = json.dumps(config, sort_keys=True).encode()
    write_json(
        path,
        {
            "neuro": __version__,
            "python": platform.python_version(),
            "packages": {d.name: d.version for d in sorted(distributions(), key=lambda d: d.name)},
            "hardware": hardware(),
            "config": config,
            "config_sha256": hashlib.sha256(dumped).hexdigest(),
            "datasets": {name: _dataset(name) for name in sorted(config["datasets"])},
            "results": made.checksums(Path("results")),
        },
    )


def hardware() -> dict[str, str | int]:
    """Machine, processor, cores, memory (bytes) and GPUs, as far as the system tells."""
    return {
        "machine": platform.machine(),
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
        "memory": int(psutil.virtual_memory().total),
        "gpus": ", ".join(_gpus()) or "none",
    }


def cluster() -> str:
    """What stands between this environment and a run on Slurm."""
    if shutil.which("sbatch") is None:
        return "no sbatch here"
    if importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        return "sbatch is here, its plugin is not: pip install '.[slurm]'"
    return "ready: snakemake --profile workflow/profiles/slurm"


def _processor() -> str:
    """Model of the processor; Linux tells it in a file, other systems through Python."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()


def _gpus() -> list[str]:
    """Models of NVIDIA's GPUs, from its driver: torch takes seconds to ask."""
    told = sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))
    lines = [line for path in told for line in path.read_text(encoding="utf-8").splitlines()]
    return [line.split(":", 1)[1].strip() for line in lines if line.startswith("Model:")]


def _without_secrets(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _without_secrets(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_without_secrets(part, key) for part in value]
    return shown(value) if key == "url" else value


def _dataset(name: str) -> dict[str, Any]:
    path = Path("data") / name / "fetch.json"
    if not path.is_file():
        return {}
    record = {key: value for key, value in read_json(path).items() if key != "files"}
    return {**record, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
