"""Switching brain states: a hidden Markov model whose states are networks of neurons.

Each state has its own weights between neurons (a generalized linear model of the counts, given
their history); the state switches as a Markov chain. After Li, Kim, Rodgers, Choi & Wu (2024),
One-hot generalized linear model for switching brain state discovery, ICLR.
"""

from typing import TYPE_CHECKING

from neuro.lazy import exports

if TYPE_CHECKING:
    from neuro.analyses.states.api import *

__getattr__, __dir__ = exports(__name__)
