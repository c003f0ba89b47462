"""The configuration: the only place where a key, a default, a unit or a bound is declared."""

from typing import TYPE_CHECKING

from neuro.lazy import exports

if TYPE_CHECKING:
    from neuro.config.api import *  # noqa: F403

# A job needs the models of its own step, not those of all datasets and analyses.
__getattr__, __dir__ = exports(__name__)
