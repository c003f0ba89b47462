"""`datasets.<name>.preprocess` of a dataset of modality `calcium`."""

from neuro.config.base import Strict


class CalciumPreprocess(Strict):
    """Preprocessing."""
