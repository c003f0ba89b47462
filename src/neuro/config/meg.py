"""`datasets.<name>.preprocess` of a dataset of modality `meg`."""

from neuro.config.base import Strict


class MEGPreprocess(Strict):
    """Preprocessing."""
