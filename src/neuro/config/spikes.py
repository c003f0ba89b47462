"""`datasets.<name>.preprocess` of a dataset of modality `spikes`."""

from neuro.config.base import Strict


class SpikesPreprocess(Strict):
    """Preprocessing."""
