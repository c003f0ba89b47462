"""Training in several processes: started by torch's own launcher, told what to do by a file.

`python -m torch.distributed.run --nproc-per-node N -m neuro.analyses.meggpt.processes JOB` is
what a job of the workflow starts; for several machines, give the launcher their addresses.
"""

import logging
import os
import subprocess
import sys
from collections import deque
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from neuro.io.atomic import read_json, write_json

if TYPE_CHECKING:
    from neuro.config.meggpt import MEGGPT

logger = logging.getLogger(__name__)


def rank() -> int:
    """Number of this process."""
    return int(os.environ.get("RANK", 0))


def size() -> int:
    """Number of all processes."""
    return int(os.environ.get("WORLD_SIZE", 1))


def launch(
    tokens: str | Path,
    tokenizer: str | Path,
    model: str | Path,
    training: str | Path,
    settings: "MEGGPT",
    seed: int,
) -> None:
    """Train in several processes, and wait for them; what they say goes to the log.

    Parameters
    ----------
    tokens, tokenizer, model, training : str | Path
        Inputs and outputs of :func:`neuro.analyses.meggpt.run_training.run`.
    settings : MEGGPT
        The section `meggpt`; `training.processes` of them are started.
    seed : int
        Of everything drawn.

    Raises
    ------
    RuntimeError
        If one failed; the message ends with what it said last.
    """
    job = Path(model).with_suffix(".job.json")
    files = {"tokens": tokens, "tokenizer": tokenizer, "model": model, "training": training}
    told = {key: str(path) for key, path in files.items()}
    write_json(job, {**told, "settings": settings.model_dump(mode="json"), "seed": seed})
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += [f"--nproc-per-node={settings.training.processes}", "-m", __name__, str(job)]
    logger.info("starting %d processes", settings.training.processes)
    last: deque[str] = deque(maxlen=12)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            logger.info("%s", line.rstrip())
            last.append(line.rstrip())
    job.unlink()
    if process.returncode:
        raise RuntimeError(
            f"training in {settings.training.processes} processes failed:\n" + "\n".join(last)
        )


def main(job: str) -> None:
    """Do what a file tells, as one of several processes."""
    # Not at the top: this module is imported by the one that trains.
    from neuro.analyses.meggpt.run_training import run
    from neuro.config.meggpt import MEGGPT

    if rank() == 0:
        logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    told = read_json(job)
    run(
        told["tokens"],
        told["tokenizer"],
        SimpleNamespace(model=Path(told["model"]), training=Path(told["training"])),
        settings=MEGGPT.model_validate(told["settings"]),
        seed=told["seed"],
    )


if __name__ == "__main__":
    main(sys.argv[1])
