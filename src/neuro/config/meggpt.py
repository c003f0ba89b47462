"""`meggpt` and `datasets.<name>.meggpt`: tokens of recordings, and a model that continues them."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from neuro.config.base import Name, Strict
from neuro.config.eegbench import Task

Kind = Literal["mu-law", "quantile", "learned", "residual"]
Vocabulary = Annotated[int, Field(ge=3, le=65536)]
Step = Annotated[float, Field(gt=0, le=4)]


class Learning(Strict):
    """How the learned tokenizer is trained."""

    n_units: int = Field(128, ge=2, description="Recurrent units of the encoder.")
    width: int = Field(10, ge=1, description="Length of a token's filter, samples.")
    padding: Literal["same", "causal"] = Field(
        "same", description="Whether filters reach to both sides of their sample, or only onwards."
    )
    rate: float = Field(1e-3, gt=0, description="Learning rate of Adam.")
    n_stages: int = Field(
        20, ge=1, description="Stages of annealing from soft tokens to hard ones."
    )
    n_steps: int = Field(30, ge=1, description="Steps in each stage.")
    noise: Literal["none", "gumbel"] = Field(
        "none", description="Noise on the scores where hard tokens are drawn."
    )
    n_restarts: int = Field(
        2, ge=1, description="Runs; the one that hard tokens explain most variance with is kept."
    )


class Compared(Strict):
    """Tokenizers whose rates and distortions are compared; an empty list leaves a kind out."""

    mu_law: list[Vocabulary] = Field([8, 16, 32, 64, 128], description="Vocabularies of mu-law.")
    quantile: list[Vocabulary] = Field([32, 108], description="Vocabularies of quantiles.")
    residual: list[Step] = Field(
        [0.7, 0.35, 0.2, 0.1, 0.05],
        description="Steps of residual tokens, in standard deviations of the signal.",
    )
    learned: list[Vocabulary] = Field(
        [], description="Vocabularies that the learned tokenizer begins with; each is trained."
    )


class Tokens(Strict):
    """The tokenizer of the model, and those that it is compared with."""

    kind: Kind = Field("residual", description="The model's tokenizer.")
    step: Step = Field(
        0.3,
        description="`residual`: width of a level, in standard deviations of the signal: coarse "
        "and cheap, or fine.",
    )
    n_tokens: Vocabulary = Field(
        108, description="`mu-law`, `quantile`: vocabulary; `learned`: the one it begins with."
    )
    weights: str | None = Field(
        None,
        description="`learned`: file of the authors' released weights (`model_state.pt`), which "
        "are then not trained; they are for 250 Hz.",
    )
    learning: Learning = Field(Learning(), description="How `learned` is trained.")
    compare: Compared = Field(Compared(), description="What stands in the table of rates.")

    @model_validator(mode="after")
    def _weights_of_the_learned(self) -> Self:
        if self.weights is not None and self.kind != "learned":
            raise ValueError(f"weights: only kind learned takes weights, got kind {self.kind}")
        return self


class Sizes(Strict):
    """The transformer."""

    preset: Literal["own", "published", "released"] = Field(
        "own",
        description="`own`: channels see each other, with the sizes below; `published`: the model "
        "of the paper; `released`: that of the released weights. The latter two hold each channel "
        "on its own and have sizes of their own.",
    )
    width: int = Field(64, ge=2, description="Features.")
    n_layers: int = Field(2, ge=1, description="Layers.")
    n_heads: int = Field(2, ge=1, description="Heads of attention.")
    hidden: int = Field(128, ge=1, description="Units between the two linear maps of a layer.")
    window: int = Field(64, ge=8, description="Samples that attention reaches back.")
    lags: int = Field(40, ge=1, description="Decoded samples that come with each token.")
    dropout: float = Field(0.0, ge=0, lt=1, description="Share of features dropped in training.")

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.width % (2 * self.n_heads):
            raise ValueError(
                f"width: must be a multiple of twice the {self.n_heads} heads, got {self.width}"
            )
        given = sorted(self.model_fields_set - {"preset"})
        changed = [
            key for key in given if getattr(self, key) != type(self).model_fields[key].default
        ]
        if self.preset != "own" and changed:
            raise ValueError(f"{', '.join(changed)}: preset {self.preset} has sizes of its own")
        return self


class Training(Strict):
    """AdamW with warm-up and cosine."""

    n_steps: int = Field(300, ge=1, description="Steps.")
    n_windows: int = Field(2, ge=1, description="Windows per step, and process.")
    length: int = Field(64, ge=8, description="Length of a window, samples.")
    accumulate: int = Field(1, ge=1, description="Parts that a step's windows are computed in.")
    rate: float = Field(5e-3, gt=0, description="Highest learning rate.")
    warmup: float = Field(0.05, ge=0, lt=1, description="Share of steps in which it rises.")
    decay: float = Field(0.05, ge=0, description="Weight decay of matrices.")
    control: bool = Field(
        False,
        description="Whether a second model is trained whose channels do not see each other: what "
        "covariance it generates is the control.",
    )
    checkpoint: float = Field(
        60.0, ge=0, description="Seconds between checkpoints; a run that was stopped goes on there."
    )
    processes: int = Field(
        1, ge=1, description="Processes that train in parallel (torchrun), one per GPU."
    )


class Generation(Strict):
    """Sessions that never were."""

    n_sessions: int = Field(
        1, ge=1, description="Held-out sessions that are imitated, the first ones."
    )
    seconds: float = Field(16.0, ge=4, description="Length of a generated session, s.")
    temperature: float = Field(1.0, gt=0, description="Below 1 the probable becomes more so.")
    top_p: float = Field(
        1.0, gt=0, le=1, description="Only the likeliest tokens that hold this share; 1 for all."
    )
    top_k: int = Field(0, ge=0, description="Only the so many likeliest tokens; 0 for all.")
    typical: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Only tokens whose surprise is typical, up to this share; 1 for all.",
    )


DecodingMethod = Literal[
    "raw",
    "means",
    "untrained",
    "zero-shot",
    "zero-shot, in parts",
    "next-token",
    "end-to-end",
]


class Decoding(Strict):
    """Trials told from the hidden states of models; each fold trains a model of its own."""

    methods: list[DecodingMethod] = Field(
        ["raw", "means", "untrained", "zero-shot", "zero-shot, in parts"],
        min_length=1,
        description="`raw`: the window; `means`: ten means of each channel; hidden states, "
        "averaged, of a model that is `untrained`, of one that was trained on next tokens "
        "(`zero-shot`; four averages: `zero-shot, in parts`), of one tuned to the training trials "
        "(`next-token`), and of one tuned together with its classifier (`end-to-end`).",
    )
    n_blocks: int = Field(4, ge=2, description="Split `blocks`: blocks of time.")
    gap: float = Field(
        1.0, ge=0, description="Time around a tested block that nothing is learned from, s."
    )
    width: int = Field(32, ge=2, description="Features of these models.")
    n_layers: int = Field(2, ge=1, description="Their layers.")
    n_heads: int = Field(2, ge=1, description="Their heads.")
    hidden: int = Field(64, ge=1, description="Units between two linear maps.")
    n_steps: int = Field(150, ge=1, description="Steps of training on next tokens.")
    tuning_steps: int = Field(60, ge=1, description="Steps on the training trials.")

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.width % (2 * self.n_heads):
            raise ValueError(
                f"width: must be a multiple of twice the {self.n_heads} heads, got {self.width}"
            )
        return self


class MEGGPT(Strict):
    """Tokens of MEG and EEG, a transformer that foretells them, and sessions it generates."""

    tokens: Tokens = Field(Tokens(), description="Tokenizers.")
    model: Sizes = Field(Sizes(), description="The transformer.")
    training: Training = Field(Training(), description="How it is trained.")
    generation: Generation = Field(Generation(), description="What it generates.")
    decoding: Decoding = Field(Decoding(), description="How trials are told apart.")
    split: Literal["auto", "subjects", "sessions", "time"] = Field(
        "auto",
        description="What is held out: the last subjects, sessions, or the end of each session; "
        "`auto`: the first of these that there are three or more of.",
    )
    held_out: float = Field(0.2, gt=0, lt=0.9, description="Share that is held out.")
    confidence: float = Field(0.95, gt=0.5, lt=1, description="Of intervals.")
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where the transformer computes; `auto`: on a GPU where there is one."
    )

    @model_validator(mode="after")
    def _control_of_ours(self) -> Self:
        if self.training.control and self.model.preset != "own":
            raise ValueError(
                f"training.control: channels of preset {self.model.preset} do not see each other "
                "anyhow; set it to false"
            )
        return self


class DatasetTokens(Strict):
    """What `meggpt` does with a dataset."""

    signals: Literal["parcels", "sensors"] = Field(
        "parcels", description="MEG: parcels of the brain, or sensors. EEG has sensors only."
    )
    tasks: dict[Name, Task] | None = Field(
        None,
        description="What trials are told apart by; null for the tasks of `eegbench`, where the "
        "dataset has some. Of `splits`, `published`, `blocks` and `leave-one-subject-out` count.",
    )
    tmin: float = Field(0.0, description="First sample that is decoded from, s after the event.")
    tmax: float = Field(0.4, description="Last one, s.")

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.tmin >= self.tmax:
            raise ValueError(f"tmin ({self.tmin:g}) must be below tmax ({self.tmax:g})")
        return self
