"""EEG and ERP benchmark: manual features, deep models and foundation models on equal terms."""

from typing import TYPE_CHECKING

from neuro.lazy import exports

if TYPE_CHECKING:
    from neuro.analyses.eegbench.api import *

__getattr__, __dir__ = exports(__name__)
