"""Which of some texts fits each image best, after CLIP: the paper's judge of categories.

References
----------
Radford, A. et al. (2021). Learning transferable visual models from natural language supervision.
ICML; Luo et al. (2023), as in the package, table 1.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from neuro.analyses.braindive.features import BATCH, CLIP_MEAN, CLIP_SD


class ZeroShot:
    """A judge that was trained on neither the images nor their categories.

    Parameters
    ----------
    model : str
        CLIP with its tokenizer: a local folder, or a name on the Hugging Face hub. Only
        safetensors are read. It must not be the network that guides.
    labels : mapping of str to str
        A text for each category.

    Raises
    ------
    ValueError
        If there is no such model.
    """

    def __init__(self, model: str, labels: Mapping[str, str]) -> None:
        from transformers import AutoTokenizer, CLIPModel

        try:
            self.model: Any = CLIPModel.from_pretrained(model, use_safetensors=True).eval()  # nosec B615
            tokens = AutoTokenizer.from_pretrained(model)(  # nosec B615
                list(labels.values()), padding=True, return_tensors="pt"
            )
        except OSError as error:
            raise ValueError(
                f"zero_shot.model: {model} is neither a folder nor a model of the hub with a "
                f"tokenizer and safetensors weights of CLIP ({error})"
            ) from error
        self.names = np.array(list(labels))
        self.size = int(self.model.config.vision_config.image_size)
        with torch.no_grad():
            found = self.model.text_model(**tokens).pooler_output
            self.texts = functional.normalize(self.model.text_projection(found), dim=1)

    @torch.no_grad()
    def __call__(self, pixels: Any) -> NDArray[np.str_]:
        """Name of the category whose text is nearest to each image.

        Parameters
        ----------
        pixels : ndarray, shape (n_images, 1 or 3, height, width)
            Between 0 and 1.
        """
        mean, sd = (torch.tensor(values)[:, None, None] for values in (CLIP_MEAN, CLIP_SD))
        best = []
        for part in torch.split(torch.as_tensor(pixels, dtype=torch.float32), BATCH):
            pictures = functional.interpolate(
                part.expand(-1, 3, -1, -1), (self.size, self.size), mode="bilinear"
            )
            seen = self.model.vision_model(pixel_values=(pictures - mean) / sd).pooler_output
            images = functional.normalize(self.model.visual_projection(seen), dim=1)
            best.append((images @ self.texts.T).argmax(dim=1))
        found: NDArray[np.str_] = self.names[torch.cat(best).numpy()]
        return found
