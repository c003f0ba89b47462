"""Images that drive a brain region: voxelwise encoding, and diffusion guided by it.

References
----------
Luo, A. F., Henderson, M. M., Wehbe, L. & Tarr, M. J. (2023). Brain diffusion for visual
exploration: cortical discovery using large scale generative models. NeurIPS.
"""

from typing import TYPE_CHECKING

from neuro.lazy import exports

if TYPE_CHECKING:
    from neuro.analyses.braindive.api import *

__getattr__, __dir__ = exports(__name__)
