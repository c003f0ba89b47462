"""Fusion of functional and diffusion MRI: what tells people apart in both that is in neither."""

from typing import TYPE_CHECKING

from neuro.lazy import exports

if TYPE_CHECKING:
    from neuro.analyses.fusion.api import *

__getattr__, __dir__ = exports(__name__)
