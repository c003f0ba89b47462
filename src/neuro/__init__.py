"""From raw brain recordings to analyses, figures and a report.

`neuro.states`, `neuro.graphs` and the other analyses, and `neuro.convert`, are imported when they
are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neuro.analyses import braindive as braindive
    from neuro.analyses import connectomes as connectomes
    from neuro.analyses import eegbench as eegbench
    from neuro.analyses import fusion as fusion
    from neuro.analyses import graphs as graphs
    from neuro.analyses import meggpt as meggpt
    from neuro.analyses import screening as screening
    from neuro.analyses import states as states
    from neuro.io import convert as convert

__version__ = "0.1.0.dev0"
__all__ = [
    "braindive",
    "connectomes",
    "convert",
    "eegbench",
    "fusion",
    "graphs",
    "meggpt",
    "screening",
    "states",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'neuro' has no attribute {name!r}")
    return import_module(f"neuro.io.{name}" if name == "convert" else f"neuro.analyses.{name}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
