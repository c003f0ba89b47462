"""The frame of a job: the only module that knows the `snakemake` object of a script.

Imports nothing numeric: thread limits must stand in the environment before numpy is loaded.
"""

import hashlib
import json
import logging
import os
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from neuro.io import provenance
from neuro.io.atomic import write_json
from neuro.io.progress import NowAndThen
from neuro.workflow.made import making
from neuro.workflow.orphans import end_with_snakemake

if TYPE_CHECKING:
    import numpy as np

FAILURE = ".failure.json"
THREADS = ("OMP", "OPENBLAS", "MKL", "BLIS", "VECLIB_MAXIMUM", "NUMEXPR")


@dataclass(frozen=True)
class Job:
    """What a script's one function needs.

    Parameters
    ----------
    rule : str
        Name of the rule.
    wildcards : dict
        Wildcards of the job.
    input, output : SimpleNamespace
        Named files as `Path` (or lists of them).
    params : SimpleNamespace
        Named parameters of the rule.
    threads : int
        Cores that the job has.
    """

    rule: str
    wildcards: dict[str, str]
    input: SimpleNamespace
    output: SimpleNamespace
    params: SimpleNamespace
    threads: int

    @cached_property
    def rng(self) -> "np.random.Generator":
        """Random numbers of this job alone: they follow from seed, rule and wildcards."""
        import numpy as np

        return np.random.default_rng(self.seed_sequence)

    @cached_property
    def seed_sequence(self) -> "np.random.SeedSequence":
        """Seeds of this job alone; spawn from it where a library wants integers."""
        import numpy as np

        own = hashlib.sha256(
            json.dumps([self.rule, self.wildcards], sort_keys=True).encode()
        ).digest()
        words = [int.from_bytes(own[i : i + 4], "little") for i in range(0, 32, 4)]
        return np.random.SeedSequence([int(self.params.seed), *words])


@contextmanager
def task(snakemake: Any) -> Iterator[Job]:
    """Run a script's body: log file, threads, seed, provenance, and one clear error.

    Parameters
    ----------
    snakemake : object
        The object that Snakemake gives to scripts.

    Yields
    ------
    job : Job
        Paths, parameters, random numbers.

    Raises
    ------
    SystemExit
        If the body fails: the traceback is in the log, the message on standard error and,
        for the report, in a record beside the log.
    """
    job = Job(
        rule=snakemake.rule,
        wildcards=dict(snakemake.wildcards.items()),
        input=_paths(snakemake.input),
        output=_paths(snakemake.output),
        params=SimpleNamespace(**dict(snakemake.params.items())),
        threads=snakemake.threads,
    )
    limit_threads(int(job.params.numeric_threads))
    log = Path(snakemake.log[0])
    failure = log.with_suffix(FAILURE)
    failure.unlink(missing_ok=True)
    _log_to(log, " ".join([job.rule, *job.wildcards.values()]))
    token = provenance.current.set(
        {
            "rule": job.rule,
            "wildcards": job.wildcards,
            "seed": getattr(job.params, "seed", None),
            "code": getattr(job.params, "code", None),
        }
    )
    end_with_snakemake()
    try:
        with making(_files(job.input), _files(job.output)):
            yield job
    except Exception as error:
        logging.getLogger("neuro").error("%s", traceback.format_exc())
        message = f"{error}" if isinstance(error, (ValueError, OSError)) else _named(error)
        write_json(
            failure,
            {"rule": job.rule, "wildcards": job.wildcards, "error": message, "log": str(log)},
        )
        where = " ".join([job.rule, *job.wildcards.values()])
        print(f"\n{where}: {message}\nThe whole story is in {log}\n", file=sys.stderr)
        raise SystemExit(1) from None
    finally:
        provenance.current.reset(token)
        logging.shutdown()


def limit_threads(n: int) -> None:
    """Limit the threads of numeric libraries, whether they are loaded yet or not."""
    os.environ.update({f"{name}_NUM_THREADS": str(n) for name in THREADS})
    if "numpy" in sys.modules:
        import threadpoolctl

        threadpoolctl.threadpool_limits(n)
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(n)


def _paths(named: Any) -> SimpleNamespace:
    def convert(value: Any) -> Any:
        return Path(value) if isinstance(value, str) else [Path(v) for v in value]

    return SimpleNamespace(**{key: convert(value) for key, value in named.items()})


def _files(named: SimpleNamespace) -> list[Path]:
    values = vars(named).values()
    return [path for value in values for path in ([value] if isinstance(value, Path) else value)]


def _log_to(log: Path, name: str) -> None:
    """Everything of level INFO and above into the log file, Python's warnings included.

    A long job also says on the terminal, now and then, how far it is.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    to_file = logging.FileHandler(log, mode="w", encoding="utf-8")
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(to_file)
    to_terminal = logging.StreamHandler()
    to_terminal.setFormatter(logging.Formatter(f"{name.replace('%', '%%')}: %(message)s"))
    to_terminal.addFilter(NowAndThen())
    root.addHandler(to_terminal)
    logging.captureWarnings(True)
    warnings.simplefilter("default")


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
