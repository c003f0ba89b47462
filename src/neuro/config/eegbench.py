"""`eegbench` and `datasets.<name>.eegbench`: the benchmark's methods, and a dataset's tasks."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from neuro.config.base import Name, Strict

SplitName = Literal[
    "published", "blocks", "leave-one-subject-out", "subjects", "few-shot", "cross-dataset"
]
Alignment = Literal["none", "euclidean", "euclidean-target"]
Normalization = Literal["none", "trial-z", "robust"]
ClassWeights = Literal["balanced", "none"]
Family = Literal["classical", "specialist", "foundation"]
Shares = Annotated[float, Field(gt=0, lt=1)]
MethodName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]


class Task(Strict):
    """What is told apart."""

    classes: dict[Name, list[str]] = Field(
        {},
        description="Classes, and what each is made of: conditions of `events` (EEG, MEG), or "
        "labels of the file (trials; empty for each label by itself).",
    )
    splits: list[SplitName] = Field(
        ["blocks"],
        min_length=1,
        description="`published`: the publisher's; `blocks`: within subjects, each block of time "
        "on the others; `leave-one-subject-out`; `subjects`: 60/20/20 % of the subjects, several "
        "times; `few-shot`: within subjects, the first trials of each class; `cross-dataset`: all "
        "trials on those of `train_on`.",
    )
    train_on: Name | None = Field(
        None,
        description="Another dataset, with a task of the same name and classes, for the split "
        "`cross-dataset`. Channels are those that both have.",
    )

    @model_validator(mode="after")
    def _two_classes(self) -> Self:
        if len(self.classes) == 1:
            raise ValueError("classes: two classes or more are needed")
        labels = [label for labels in self.classes.values() for label in labels]
        if twice := sorted({label for label in labels if labels.count(label) > 1}):
            raise ValueError(f"classes: {twice} are in more than one class")
        if ("cross-dataset" in self.splits) != (self.train_on is not None):
            raise ValueError("splits: `cross-dataset` goes with the key `train_on`, and only so")
        return self


class DatasetTasks(Strict):
    """What the benchmark does with a dataset."""

    tasks: dict[Name, Task] = Field(min_length=1, description="Tasks by name.")
    tmin: float | None = Field(
        None, description="First sample that methods see, s; null for all. EEG and MEG."
    )
    tmax: float | None = Field(None, description="Last sample that methods see, s; null for all.")
    published: dict[Name, str] = Field(
        {},
        description="Published results to stand beside ours, by task: a number with its source, "
        "e.g. `accuracy .887 (winner of the competition)`.",
    )


class SplitSettings(Strict):
    """How splits are made."""

    n_blocks: int = Field(5, ge=2, le=20, description="`blocks`: blocks of time per subject.")
    gap: float = Field(
        2.0,
        ge=0,
        description="`blocks`, `few-shot`: least time between training and test trials, s, where "
        "times are known.",
    )
    gap_trials: int = Field(2, ge=0, description="The same in trials, where times are not known.")
    subject_seeds: list[int] = Field(
        [41, 42, 43, 44, 45], min_length=1, description="`subjects`: one random split for each."
    )
    few_shot: list[Shares] = Field(
        [0.1, 0.3, 0.5],
        min_length=1,
        description="`few-shot`: shares of each class that are trained on, in order of recording.",
    )


class Methods(Strict):
    """Methods by family; each family is a job per dataset, task and split."""

    classical: list[MethodName] = Field(
        ["dummy", "ridge", "windows-lda", "xdawn-tangent"],
        description="Baselines, and features with linear models.",
    )
    specialist: list[MethodName] = Field(
        [], description="Networks that are trained from nothing on each task."
    )
    foundation: list[MethodName] = Field(
        [], description="Networks of general use, with a probe or fine-tuned."
    )

    @model_validator(mode="after")
    def _once(self) -> Self:
        names = [name for family in FAMILIES for name in getattr(self, family)]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"{twice} are named more than once")
        if not names:
            raise ValueError("at least one method is needed")
        return self

    @property
    def families(self) -> dict[Family, list[str]]:
        """Families that have methods."""
        return {family: getattr(self, family) for family in FAMILIES if getattr(self, family)}


FAMILIES: tuple[Family, ...] = ("classical", "specialist", "foundation")


class Training(Strict):
    """How networks are trained, and what they get to see."""

    epochs: int = Field(15, ge=1, description="Epochs at most.")
    batch_size: int = Field(32, ge=2, description="Trials in a step.")
    patience: int = Field(
        10, ge=1, description="Epochs without a better score on the inner validation, then stop."
    )
    monitor: Literal["loss", "macro_f1"] = Field("loss", description="That score.")
    learning_rate: float | None = Field(
        None, gt=0, description="Peak learning rate; null for each network's own."
    )
    weight_decay: float = Field(0.01, ge=0, description="Weight decay of AdamW.")
    label_smoothing: float = Field(
        0.0, ge=0, lt=1, description="Share of the target that is spread over all classes."
    )
    averaging: bool = Field(
        False, description="Average weights over epochs (stochastic weight averaging)."
    )
    validation: float = Field(
        0.2, ge=0, lt=0.9, description="Share of groups that is held out for early stopping."
    )
    max_channels: int = Field(
        32, ge=2, description="Of more channels, so many that are spread over the head are taken."
    )
    max_sfreq: float = Field(
        128.0, gt=0, description="Sampling rate at most, Hz, for networks that take any."
    )
    seconds: float | None = Field(
        60.0,
        gt=0,
        description="CPU seconds of one fit, reckoned by operations, so that the same is done on "
        "any machine: epochs, then trials, are reduced to fit; null for no limit.",
    )
    weights: dict[MethodName, str] = Field(
        {}, description="Folder or hub id of pretrained weights, by model, e.g. `cbramod`."
    )
    pretraining_epochs: int = Field(
        30, ge=1, description="Epochs of self-supervised pretraining of `crisscross`."
    )
    pretraining_seconds: float | None = Field(
        60.0, gt=0, description="As `seconds`, for the pretraining on the trials of one fold."
    )
    lora_rank: int = Field(4, ge=1, description="Rank of low-rank adaptation.")
    checkpoints: str | None = Field(
        None,
        description="Folder where each training leaves its state after every epoch, and from which "
        "it goes on if it was cut off; null for none.",
    )


class Tuning(Strict):
    """How methods are tuned, with the same budget for all."""

    n_trials: int = Field(
        0,
        ge=0,
        description="Settings of each method that are tried on the inner validation of each fold, "
        "its own first; 0 for its own alone. What is searched is said beside the methods.",
    )


class Audit(Strict):
    """Tests that no score comes from a leak."""

    methods: list[MethodName] = Field(
        ["windows-lda"],
        min_length=1,
        description="Cheap methods, whose scores are tested.",
    )
    n_shuffles: int = Field(20, ge=3, description="Times that labels are shuffled.")
    window: float = Field(
        0.5,
        gt=0,
        lt=1,
        description="Length of the overlapping windows that a leaky split deals at random, as a "
        "share of the trial.",
    )


class EEGBench(Strict):
    """Benchmark of methods that classify single trials of EEG or MEG."""

    methods: Methods = Field(Methods(), description="Methods by family.")
    pipelines: str | None = Field(
        None,
        description="Folder of further classical pipelines as YAML in MOABB's format; their names "
        "may then stand in `methods.classical`.",
    )
    alignment: list[Alignment] = Field(
        ["none"],
        min_length=1,
        description="`euclidean`: each subject's trials are whitened by the mean covariance of its "
        "training trials (a subject without, by that of the others'); `euclidean-target`: test "
        "trials by their own mean covariance, which looks at all of them, without labels.",
    )
    normalization: list[Normalization] = Field(
        ["none"],
        min_length=1,
        description="Of each trial and channel by itself: `trial-z`, mean 0 and standard deviation "
        "1; `robust`, median 0 and interquartile range 1, cut at 20.",
    )
    class_weights: list[ClassWeights] = Field(
        ["balanced"],
        min_length=1,
        description="`balanced`: networks and linear heads weigh classes by the inverse of their "
        "frequency, and pipelines where they say so; `none`: no method weighs them.",
    )
    seeds: list[int] = Field([0], min_length=1, description="Seeds of the methods.")
    splits: SplitSettings = Field(SplitSettings(), description="How splits are made.")
    confidence: float = Field(0.95, gt=0.5, lt=1, description="Of intervals.")
    n_bootstraps: int = Field(2000, ge=200, description="Bootstrap samples of intervals.")
    audit: Audit | None = Field(Audit(), description="Tests for leaks; null for none.")
    device: Literal["auto", "cpu", "cuda"] = Field("cpu", description="Where networks compute.")
    training: Training = Field(Training(), description="How networks are trained.")
    tuning: Tuning = Field(Tuning(), description="How methods are tuned.")

    @property
    def pretrains(self) -> bool:
        """Whether a network is pretrained on the training trials of each fold."""
        return "crisscross" not in self.training.weights and any(
            name.startswith("crisscross-") and not name.endswith("-random")
            for name in self.methods.foundation
        )
