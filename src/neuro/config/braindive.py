"""Sections `braindive` and `datasets.<name>.braindive`: images that drive regions."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from neuro.config.base import Name, Strict

Condition = Annotated[str, Field(description="Name of a condition of `events`.")]
MOST_VALUES = 4096
Category = Annotated[str, Field(description="Category of images.")]


class Images(Strict):
    """Real images: the encoder is fitted to them, and the small denoiser trained on them."""

    folder: str | None = Field(
        None,
        description="Folder with `images.tsv` (columns `file` and `category`); null for 100 faces "
        "and 100 pieces of background that come with scikit-image.",
    )
    mode: Literal["L", "RGB"] = Field("L", description="Grey values, or colour.")
    size: int = Field(
        24, ge=8, description="Height and width after cutting, pixels: a multiple of 4."
    )
    held_out: float = Field(
        0.2, gt=0, lt=1, description="Share of each category that nothing is fitted to."
    )
    target: str = Field("face", description="Category that judges look for.")


class Features(Strict):
    """Image features of the encoder."""

    kind: Literal["efficientnet-lite0", "clip", "timm"] = Field(
        "efficientnet-lite0",
        description="`efficientnet-lite0` is fetched; `clip` is read through transformers; `timm` "
        "needs the package timm.",
    )
    model: str | None = Field(
        None, description="`clip`: local folder, or name on the Hugging Face hub; `timm`: name."
    )
    size: int = Field(
        64, ge=16, description="`efficientnet-lite0`: size that images are brought to, pixels."
    )

    @model_validator(mode="after")
    def _named(self) -> Self:
        if (self.kind == "efficientnet-lite0") != (self.model is None):
            raise ValueError("model: `clip` and `timm` need it, and only they")
        return self


class Encoder(Strict):
    """From features to voxels."""

    method: Literal["ridge", "adamw"] = Field(
        "ridge", description="Ridge with a penalty for each voxel, or the paper's recipe."
    )
    alphas: tuple[float, ...] = Field(
        (0.001, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100),
        min_length=1,
        description="`ridge`: penalties that are tried.",
    )
    n_folds: int = Field(5, ge=2, description="`ridge`: folds in which they are compared.")
    n_variants: int = Field(
        4,
        ge=1,
        description="Variants of each training image, the first as it is, the others with `noise` "
        "and `gain`: an encoder that saw none takes noise for what a region responds to.",
    )
    noise: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Variants: largest deviation of noise, of pixels of 0 to 1.",
    )
    gain: float = Field(0.05, ge=0, lt=1, description="Variants: largest change of all pixels.")
    n_permutations: int = Field(
        199, ge=19, description="Permutations of categories among blocks, within runs: the null."
    )
    n_clusters: int = Field(2, ge=2, description="Parts that the driven region is divided into.")


class Denoiser(Strict):
    """The small diffusion model, and how it is trained."""

    widths: tuple[int, ...] = Field(
        (16, 32, 64), min_length=2, max_length=3, description="Channels of each level; 8 n."
    )
    gaussians: bool = Field(
        False,
        description="Whether a mixture of Gaussians, one for each category of images, denoises in "
        "closed form and the network corrects it: faces after a few steps of training, but noisier "
        "ones than after many without it; for images of at most 4,096 values.",
    )
    n_steps: int = Field(2400, ge=1, description="Steps of training.")
    batch: int = Field(16, ge=2, description="Images per step.")
    rate: float = Field(1e-3, gt=0, description="Highest learning rate.")
    patience: int = Field(
        5, ge=1, description="Looks at held-out images without gain after which training ends."
    )
    every: int = Field(200, ge=1, description="Steps between two looks.")
    shift: int = Field(1, ge=0, description="Augmentation: largest shift, pixels.")
    contrast: float = Field(0.15, ge=0, lt=1, description="Augmentation: change of contrast.")
    brightness: float = Field(0.08, ge=0, lt=1, description="Augmentation: change of brightness.")


class Guide(Strict):
    """Guided images."""

    scales: tuple[float, ...] = Field(
        (15, 30, 60, 120, 240),
        min_length=1,
        description="Scales that are tried; the one whose images the first judge finds likeliest "
        "is reported on the second, with other seeds.",
    )
    n_sweep: int = Field(48, ge=4, description="Images of each scale that is tried.")
    n_images: int = Field(
        64, ge=4, description="Images without guidance, with guidance, and by the published recipe."
    )
    n_controls: int = Field(16, ge=4, description="Images of each control.")
    n_steps: int = Field(50, ge=2, description="Steps of sampling.")
    fresh: float = Field(
        1.0,
        ge=0,
        le=1,
        description="Share of fresh noise at each step (eta of DDIM): what guidance adds beyond "
        "images that the denoiser knows is drowned in it; 0 for none, as published.",
    )
    keep: float = Field(
        0.2, gt=0, le=1, description="Share of images that is kept when they are re-ranked."
    )
    shape: Literal["constant", "rise", "fall", "early", "late"] = Field(
        "constant", description="How the scale changes over the steps; `constant` as published."
    )
    checkpointing: bool = Field(
        False, description="Whether to save memory, and take longer, in the gradient."
    )


class ZeroShot(Strict):
    """A third judge, where its weights can be had: CLIP names what each image shows."""

    model: str = Field(
        description="CLIP with its tokenizer: local folder, or name on the Hugging Face hub; "
        "another than the one that guides."
    )
    labels: dict[Name, str] = Field(
        {
            "face": "a photo of a face",
            "place": "a photo of a place",
            "body": "a photo of a body",
            "word": "a photo of words",
            "food": "a photo of food",
        },
        min_length=2,
        description="A text for each category; one is `images.target`.",
    )


class BrainDive(Strict):
    """Images that drive a region of the brain."""

    images: Images = Field(Images(), description="Real images.")
    features: Features = Field(Features(), description="Features of images.")
    encoder: Encoder = Field(Encoder(), description="From features to voxels.")
    denoiser: Denoiser = Field(Denoiser(), description="The small diffusion model.")
    guide: Guide = Field(Guide(), description="Guided images.")
    zero_shot: ZeroShot | None = Field(
        None, description="CLIP as a judge that names what images show; null for none."
    )
    device: str = Field(
        "cpu", description="Where torch computes: `auto`, `cpu`, `cuda` or `cuda:<index>`."
    )

    @model_validator(mode="after")
    def _levels(self) -> Self:
        step = 2 ** (len(self.denoiser.widths) - 1)
        if self.images.size % step:
            raise ValueError(
                f"images.size: {len(self.denoiser.widths)} levels of the denoiser need a multiple "
                f"of {step}, got {self.images.size}"
            )
        if wrong := [width for width in self.denoiser.widths if width % 8]:
            raise ValueError(f"denoiser.widths: must be multiples of 8, got {wrong}")
        if self.zero_shot is not None and self.images.target not in self.zero_shot.labels:
            raise ValueError(
                f"zero_shot.labels: no text for {self.images.target!r} (`images.target`); there "
                f"are {sorted(self.zero_shot.labels)}"
            )
        values = self.images.size**2 * (1 if self.images.mode == "L" else 3)
        if self.denoiser.gaussians and values > MOST_VALUES:
            raise ValueError(
                f"denoiser.gaussians: images of {values} values are too large (at most "
                f"{MOST_VALUES}); set it to false, or images.size lower"
            )
        return self


class Driven(Strict):
    """What of a dataset drives images: regions, and which conditions stand for which images."""

    regions: dict[Name, list[Condition]] = Field(
        min_length=1,
        description="Regions by name: voxels that respond more to these conditions than to all "
        "others, in the runs that the encoder is fitted to.",
    )
    drive: Name = Field(description="The region that images shall drive.")
    control: Name | None = Field(
        None, description="Another region, driven for comparison; null for none."
    )
    pairs: dict[Category, list[Condition]] = Field(
        min_length=2,
        description="Conditions that stand for images of a category; an empty list for all that "
        "no other category names.",
    )
    runs: Literal["even", "odd"] = Field(
        "even", description="Runs that regions and encoder come from; it is tested on the others."
    )
    n_blocks: int = Field(3, ge=1, description="Blocks whose mean an image is paired with.")
    threshold: float = Field(2.0, description="Least t of a region's voxels.")
    delay: float = Field(
        0.0, ge=0, description="Delay of responses beyond that of `preprocess.condition_delay`, s."
    )

    @model_validator(mode="after")
    def _named(self) -> Self:
        for key in ("drive", "control"):
            name = getattr(self, key)
            if name is not None and name not in self.regions:
                raise ValueError(f"{key}: no region '{name}'; allowed: {sorted(self.regions)}")
        return self
