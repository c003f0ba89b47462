"""Images that drive a region

Simulated voxels of a region prefer faces. A linear encoder of image features learns that from
responses, and pixels are then changed until its prediction rises. Without a denoiser they excite
the encoder more than any face, and show none: that is what the denoiser is for.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

import neuro
from neuro.analyses.braindive.regions import direction
from neuro.analyses.braindive.sampling import ascend

rng = np.random.default_rng(0)
images = neuro.braindive.faces().cropped(24)
network = torch.nn.Sequential(torch.nn.AvgPool2d(2), torch.nn.Flatten())
features = neuro.braindive.Features(network, size=24)
is_face = images.categories == "face"
responses = np.outer(is_face, [1.0, 0.8, 0.0]) + 0.5 * rng.standard_normal((200, 3))
train = np.arange(200) % 4 > 0
regions = {"face": np.array([True, True, False])}
pixels, test = images.pixels, images.pixels[~train]
encoder = neuro.braindive.fit_encoder(pixels[train], responses[train], features, regions=regions)
r = neuro.braindive.voxel_scores(encoder.responses(test), responses[~train])
drive = encoder.drive(direction(encoder.regions, {"face": 1.0}))
drawn = ascend(range(6), (1, 24, 24), drive, n_steps=60)

figure, axes = plt.subplots(3, 6, figsize=(9, 5), layout="constrained")
order = np.argsort(encoder.activation(test, "face"))
rows = {"most": test[order[-6:]], "least": test[order[:6]], "driven": drawn}
for line, (name, shown) in zip(axes, rows.items(), strict=True):
    for axis, image in zip(line, shown, strict=True):
        axis.imshow(image[0], cmap="gray", vmin=0, vmax=1)
        axis.set(xticks=[], yticks=[])
        axis.set_title(f"{encoder.activation(image[None], 'face')[0]:.2f}", fontsize=9)
    line[0].set_ylabel(name)
figure.suptitle(f"Held-out correlation of three voxels: {', '.join(f'{each:.2f}' for each in r)}")
