"""`datasets.<name>.preprocess` of a dataset of modality `fmri`."""

from neuro.config.base import Strict


class FMRIPreprocess(Strict):
    """Preprocessing."""
