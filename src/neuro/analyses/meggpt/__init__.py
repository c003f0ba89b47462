"""Tokens of magnetoencephalography, and a transformer that continues them.

Each sample of each channel becomes one token; a model learns to foretell the next one, from the
past of its own channel and of all others; what it generates is turned back into recordings. After
Huang, Cho, Gohil, Parker Jones & Woolrich (2025), MEG-GPT: a transformer-based foundation model
for magnetoencephalography data (arXiv 2510.18080), and Cho et al. (2026), A systematic evaluation
of sample-level tokenization strategies for MEG foundation models (arXiv 2602.16626).
"""

from typing import TYPE_CHECKING

from neuro.lazy import exports

if TYPE_CHECKING:
    from neuro.analyses.meggpt.api import *

__getattr__, __dir__ = exports(__name__)
