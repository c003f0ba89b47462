"""Section `states`: switching networks of neurons."""

from typing import Literal, Self

from pydantic import Field, model_validator

from neuro.config.base import Strict

PriorName = Literal["none", "l1", "hierarchy", "onehot", "relaxed_onehot"]


class History(Strict):
    """How the past of the neurons counts."""

    basis: Literal["exponential", "raised_cosine", "none"] = Field(
        "exponential",
        description="Functions of the lag: one that falls exponentially, bumps that widen, or no "
        "history at all.",
    )
    length: float = Field(0.5, gt=0, description="Length of the past that counts, s.")
    n_functions: int = Field(
        1, ge=1, description="`raised_cosine`: number of bumps; one-hot priors take 1."
    )
    decay: float = Field(0.1, gt=0, description="`exponential`: time constant, s.")


class States(Strict):
    """From binned spikes to states, their networks, and what they follow."""

    bin_width: float | None = Field(
        None,
        gt=0,
        description="Width of the bins, s; a multiple of that of the binned spikes. null for these "
        "themselves.",
    )
    family: Literal["poisson", "bernoulli"] = Field(
        "poisson", description="Counts, or whether there was any spike in a bin."
    )
    link: Literal["exp", "softplus", "sigmoid"] = Field(
        "softplus", description="From the weighted input to the mean; `bernoulli` takes `sigmoid`."
    )
    history: History = Field(History(), description="Coupling between neurons.")
    shared_bias: bool = Field(
        False, description="Whether all states have the same bias, and differ in networks alone."
    )
    covariates: list[str] = Field(
        [],
        description="Covariates of the dataset that are inputs of the neurons, with weights that "
        "all states share; an angle by its cosine and sine.",
    )
    drivers: list[str] = Field(
        [], description="Covariates that drive the transitions, likewise; none with `covariates`."
    )
    n_states: int | None = Field(
        None, ge=1, description="Number of states; null to choose among `numbers`."
    )
    numbers: tuple[int, ...] = Field(
        (1, 2, 4, 6, 8), min_length=1, description="Numbers of states that are tried."
    )
    prior: PriorName | None = Field(
        None,
        description="Prior of the coupling weights; null for the one of `priors` that predicts "
        "best.",
    )
    priors: tuple[PriorName, ...] = Field(
        ("none", "l1", "hierarchy", "onehot"), min_length=1, description="Priors that are compared."
    )
    l1: float = Field(5.0, gt=0, description="Strength of the prior `l1`, nats per unit of weight.")
    edge_groups: Literal["region", "type"] | None = Field(
        None,
        description="`onehot`: units of one region, or of one type, share how probable edges are, "
        "by pair of regions or types; null for all alike.",
    )
    stay: float = Field(
        0.0,
        ge=0,
        description="Sticky states: transitions from each state to itself that are taken as seen "
        "beforehand.",
    )
    n_folds: int = Field(
        4, ge=2, description="Folds of cross-validation, made of the dataset's blocks."
    )
    n_restarts: int = Field(
        2, ge=1, description="Starts of each fit, compared by likelihood of data left out."
    )
    max_iter: int = Field(40, ge=1, description="Iterations of EM at most.")
    criterion: Literal["unseen", "bic"] = Field(
        "unseen",
        description="The number of states by the likelihood of unseen blocks, or by BIC: fewer "
        "where activity moves along a continuum, which ever more states cut finer.",
    )
    n_shifts: int = Field(
        199,
        ge=19,
        description="Circular shifts of the states, the null of their relation to epochs and "
        "covariates, and of the networks' differences.",
    )
    device: str = Field(
        "cpu", description="Where torch computes: `auto`, `cpu`, `cuda` or `cuda:<index>`."
    )

    @model_validator(mode="after")
    def _go_together(self) -> Self:
        if self.family == "bernoulli" and self.link != "sigmoid":
            raise ValueError(f"link: family bernoulli takes sigmoid, got {self.link}")
        if list(self.numbers) != sorted(set(self.numbers)) or self.numbers[0] < 1:
            raise ValueError(f"numbers: must be positive and increase, got {list(self.numbers)}")
        named = {*self.priors, self.prior}
        several = self.history.basis == "raised_cosine" and self.history.n_functions > 1
        if several and named & {"onehot", "relaxed_onehot"}:
            raise ValueError(
                "history.n_functions: one-hot priors give an edge one weight; set it to 1, or "
                "leave them out of prior and priors"
            )
        if self.history.basis == "none" and self.shared_bias:
            raise ValueError(
                "shared_bias: without history (history.basis: none) states differ in their bias "
                "alone; set it to false"
            )
        if self.covariates and self.drivers:
            raise ValueError("covariates, drivers: give one of them")
        return self
