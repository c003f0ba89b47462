"""Judges of images that had no part in guiding: a face detector, and a classifier of gradients.

A guiding encoder can be fooled, and its own score then says nothing. The detector is OpenCV's
cascade of local binary patterns, which comes with scikit-image and was trained on other images;
the classifier sees histograms of oriented gradients.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MARGIN = 0.25
"""Repeated edge around an image, as share of its size: the detector wants room."""
SIDE = 72
"""Size that an image with its margin is brought to, pixels."""


def detected_faces(pixels: Any) -> Bools:
    """Whether the detector finds a face in each image.

    Parameters
    ----------
    pixels : ndarray, shape (n_images, 1 or 3, height, width)
        Between 0 and 1.

    Returns
    -------
    found : ndarray of bool, shape (n_images,)
    """
    from skimage.data import lbp_frontal_face_cascade_filename
    from skimage.feature import Cascade
    from skimage.transform import resize

    detector = Cascade(lbp_frontal_face_cascade_filename())
    found = []
    for image in _grey(pixels):
        pad = round(MARGIN * min(image.shape))
        large = resize(np.pad(image, pad, mode="edge"), (SIDE, SIDE), order=1)
        hits = detector.detect_multi_scale(
            (255 * large).round().astype(np.uint8),
            scale_factor=1.1,
            step_ratio=1,
            min_size=(24, 24),
            max_size=(SIDE, SIDE),
        )
        found.append(bool(hits))
    return np.array(found)


def gradients(pixels: Any) -> Floats:
    """Histograms of oriented gradients, shape (n_images, n_features)."""
    from skimage.feature import hog

    return np.array(
        [
            hog(image, orientations=8, pixels_per_cell=(6, 6), cells_per_block=(2, 2))
            for image in _grey(pixels)
        ]
    )


class GradientJudge:
    """Logistic regression on gradients, trained on real images.

    Parameters
    ----------
    pixels : ndarray, shape (n_images, 1 or 3, height, width)
        Real images.
    is_target : ndarray of bool, shape (n_images,)
        Which are of the judged category.
    """

    def __init__(self, pixels: Any, is_target: Bools) -> None:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        self.model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
        self.model.fit(gradients(pixels), is_target)

    def __call__(self, pixels: Any) -> Bools:
        """Whether each image is judged to be of the category."""
        return np.asarray(self.probability(pixels) > 0.5)

    def probability(self, pixels: Any) -> Floats:
        """How likely each image is of the category: finer than a yes or no."""
        return np.asarray(self.model.predict_proba(gradients(pixels))[:, 1], dtype=np.float64)


def _grey(pixels: Any) -> Floats:
    """Mean over channels."""
    return np.asarray(np.asarray(pixels, dtype=np.float64).mean(axis=1))
