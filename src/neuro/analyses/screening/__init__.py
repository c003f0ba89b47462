"""Mutual-information screening: which of thousands of features tell about an outcome?

Every feature is scored against the outcome, all at once, in chunks of bounded memory. Two products
have names of their own: an *estimate* is mutual information in nats, a *score* only orders
features, and is made for power.
"""

from typing import TYPE_CHECKING

from neuro.lazy import exports

if TYPE_CHECKING:
    from neuro.analyses.screening.api import *

__getattr__, __dir__ = exports(__name__)
