"""Section `connectomes`: groups of neurons that change together, when and in whom."""

from typing import Literal, Self

from pydantic import Field, model_validator

from neuro.config.base import Strict


class Connectomes(Strict):
    """From derivatives of traces to motifs, their communities and their tests."""

    kernel: Literal["geometric", "gaussian", "correlation"] = Field(
        "correlation",
        description="Affinity of two derivatives: `geometric`, the square root of the product of "
        "two rises or two falls; `gaussian`, of their difference where both change; "
        "`correlation` in a short window.",
    )
    signed: bool = Field(False, description="Keep opposite changes as a second layer.")
    width: float = Field(
        1.0,
        gt=0,
        description="`gaussian`: standard deviation of the difference, in units of the "
        "derivative's.",
    )
    threshold: float = Field(
        1.0,
        gt=0,
        description="`gaussian`, `correlation`: a change this large counts in full, a smaller one "
        "in proportion; in units of the derivative's standard deviation.",
    )
    window: float = Field(2.25, gt=0, description="`correlation`: width of the window, s.")
    step: float = Field(
        1.0, gt=0, description="From time to time of the tensor, s; at least a frame."
    )
    smoothing: float = Field(
        0.5,
        gt=0,
        description="Spikes only: standard deviation of the Gaussian that turns counts into rates, "
        "s.",
    )
    subtract: bool = Field(
        True,
        description="Factorise the affinity in excess of what circular shifts leave, rather than "
        "the affinity as it is.",
    )
    rank: int | None = Field(
        None,
        ge=1,
        description="Number of motifs; null to choose among `ranks` by what is left out.",
    )
    ranks: tuple[int, ...] = Field(
        (1, 2, 3, 4, 5, 6, 7, 8), min_length=1, description="Ranks that are tried, increasing."
    )
    n_folds: int = Field(4, ge=2, description="Folds of what is left out.")
    n_restarts: int = Field(10, ge=1, description="Random starts of each fit.")
    loss: Literal["frobenius", "kl"] = Field(
        "frobenius",
        description="Squared error, or divergence; `kl` goes with neither `subtract` nor "
        "penalties, and needs `rank`.",
    )
    sparsity: float = Field(0.05, ge=0, description="Penalty on the number of pairs of a motif.")
    smoothness: float = Field(2.0, ge=0, description="Penalty on the time courses' bends.")
    tol: float = Field(
        1e-5, gt=0, lt=1, description="A fit ends when its relative error falls by less per sweep."
    )
    n_shifts: int = Field(
        99, ge=9, description="Circular shifts of neurons, which are the null of the motifs."
    )
    n_course_shifts: int = Field(
        999,
        ge=99,
        description="Circular shifts of the time courses, for their relation to stimuli and "
        "behavior.",
    )
    sensitivity: bool = Field(
        True, description="Whether the motifs of the other kernels are compared with these."
    )
    backend: Literal["neuro", "tensorly"] = Field(
        "neuro",
        description="Who factorises; `tensorly` has neither penalties nor batched restarts, and "
        "takes `subtract: false`.",
    )
    device: str = Field(
        "auto", description="Where torch computes: `auto`, `cpu`, `cuda` or `cuda:<index>`."
    )

    @model_validator(mode="after")
    def _go_together(self) -> Self:
        if list(self.ranks) != sorted(set(self.ranks)) or self.ranks[0] < 1:
            raise ValueError(f"ranks: must be positive and increase, got {list(self.ranks)}")
        plain = not (self.subtract or self.sparsity or self.smoothness)
        if self.loss == "kl":
            if not plain:
                raise ValueError(
                    "loss: kl takes affinities as they are: set subtract: false, sparsity: 0 and "
                    "smoothness: 0, or loss: frobenius"
                )
            if self.rank is None:
                raise ValueError("loss: kl has no sweep over ranks; give rank")
        if self.backend == "tensorly" and (not plain or self.rank is None or self.loss == "kl"):
            raise ValueError(
                "backend: tensorly has neither penalties nor a sweep over ranks: set "
                "subtract: false, sparsity: 0, smoothness: 0, loss: frobenius and a rank"
            )
        return self
