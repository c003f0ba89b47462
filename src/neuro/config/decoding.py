"""`preprocess.decoding`: telling conditions apart from single trials, over time."""

from pydantic import Field

from neuro.config.base import Strict


class Decoding(Strict):
    """Decoding of every contrast over time, with temporal generalization.

    Linear discriminant analysis of all good channels, with shrinkage. Trials are split into blocks
    that are contiguous in the recording; each is predicted by classifiers trained on the others.
    """

    shrinkage: float | None = Field(
        0.1,
        gt=0,
        lt=1,
        description="Share of the covariance that is replaced by equal variances without "
        "correlation; null for Ledoit and Wolf's estimate from the training trials, which means "
        "the least error of the covariance, not the best decoding, and grows with artifacts.",
    )
    n_folds: int = Field(
        5, ge=2, description="Blocks of trials; each holds some trials of both sides of a contrast."
    )
    bin_width: float | None = Field(
        0.02,
        gt=0,
        description="Length of the bins of time whose mean is decoded, s; they begin or end at the "
        "event. null for every sample.",
    )
    gap: float = Field(
        0.0,
        ge=0,
        description="Least time between the epochs of training and of the predicted block, s; "
        "epochs that overlap those of the block are never trained on.",
    )
    n_permutations: int = Field(
        500,
        ge=100,
        description="Permutations of the trials' labels behind p values; each is trained anew.",
    )
