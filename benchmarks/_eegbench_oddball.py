"""Canonical EEGNet and the ERP benchmark's own, with and without class weights, on an oddball.

The recipe is that of Wang et al. (arXiv:2601.00573): AdamW at 1e-4, cosine over 200 epochs, batches
of 128, patience of 15 epochs on the macro F1 score of held-out subjects, gradients clipped to 4,
weights averaged over epochs, each channel of a trial standardized. Trials are simulated: 79 % are
standards, 21 % targets with a late positive wave whose size and time differ between subjects. At
this learning rate a network needs many steps: the wave is so large that some 1,000 are enough.
Subjects are split 60/20/20, with seeds 41 to 45 as in the paper.
"""

import time

import numpy as np
import torch
from scipy.stats import t as student
from sklearn.metrics import balanced_accuracy_score, f1_score, roc_auc_score
from torch import Tensor, nn

from neuro.analyses.eegbench.networks.channels import head_positions
from neuro.analyses.eegbench.networks.contracts import NetworkInput
from neuro.analyses.eegbench.networks.library import quiet
from neuro.analyses.eegbench.networks.recipe import Recipe
from neuro.analyses.eegbench.networks.registry import ARCHITECTURES
from neuro.analyses.eegbench.networks.training import Training, predict_logits, seeded
from neuro.analyses.eegbench.trials import Sensors

CH_NAMES = ("Cz", "C4", "CPz", "Pz", "POz")
N_SUBJECTS, N_TRIALS, N_TIMES, SFREQ = 10, 400, 32, 32.0
TARGETS = 0.21
SEEDS = (41, 42, 43, 44, 45)
RECIPE = {
    "epochs": 200,
    "batch_size": 128,
    "patience": 15,
    "monitor": "macro_f1",
    "learning_rate": 1e-4,
    "warm_up": 0.0,
    "clip": 4.0,
    "averaging": True,
    "validation": 0.25,
}
METRICS = ("balanced accuracy", "macro F1", "AUROC")


class StudyNet(nn.Module):
    """What the study calls EEGNet, as far as its layers are known: 16 short temporal filters, a
    spatial filter for each pair, pools to a fixed length, 128 features, a linear layer.
    """

    def __init__(self, n_channels: int, n_classes: int, dropout: float = 0.1):
        super().__init__()
        self.temporal = nn.Sequential(
            nn.Conv2d(1, 16, (1, 7), padding="same", bias=False),
            nn.BatchNorm2d(16, affine=False),
            nn.ELU(),
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(16, 32, (n_channels, 1), groups=16, bias=False),
            nn.BatchNorm2d(32, affine=False),
            nn.ELU(),
            nn.AdaptiveAvgPool2d((1, 16)),
            nn.Dropout(dropout),
        )
        self.separable = nn.Sequential(
            nn.Conv2d(32, 32, (1, 8), padding="same", groups=32, bias=False),
            nn.Conv2d(32, 32, 1, bias=False),
            nn.BatchNorm2d(32, affine=False),
            nn.ELU(),
            nn.AdaptiveAvgPool2d((1, 4)),
            nn.Dropout(dropout),
        )
        self.head = nn.Linear(128, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        features = self.separable(self.spatial(self.temporal(x[:, None])))
        logits: Tensor = self.head(features.flatten(1))
        return logits


def simulate(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Trials, classes (1 for targets) and subjects."""
    when = np.arange(N_TIMES) / SFREQ - 0.2
    where = np.exp(-((np.arange(len(CH_NAMES)) - 3) ** 2) / 8)
    parts = []
    for _ in range(N_SUBJECTS):
        y = (rng.random(N_TRIALS) < TARGETS).astype(int)
        white = rng.normal(size=(N_TRIALS, len(CH_NAMES), N_TIMES // 2 + 1, 2)) @ [1, 1j]
        white[..., 1:] /= np.sqrt(np.arange(1, N_TIMES // 2 + 1))  # ongoing activity, 1/f
        ongoing = np.fft.irfft(white, N_TIMES)
        ongoing = ongoing - ongoing.mean(-1, keepdims=True)
        ongoing += 0.7 * ongoing.mean(axis=1, keepdims=True) * np.sqrt(len(CH_NAMES))
        ongoing /= ongoing.std()
        early = -0.4 * np.exp(-(((when - 0.1) / 0.03) ** 2))
        peak, size = rng.normal(0.38, 0.04), rng.uniform(0.8, 2)
        late = size * np.exp(-(((when - peak) / 0.08) ** 2))
        evoked = early + y[:, None] * late
        parts.append((ongoing + where[:, None] * evoked[:, None], y))
    X = np.concatenate([x for x, _ in parts])
    X = (X - X.mean(-1, keepdims=True)) / X.std(-1, keepdims=True)
    subjects = np.repeat([f"s{i}" for i in range(N_SUBJECTS)], N_TRIALS)
    return X.astype(np.float32), np.concatenate([y for _, y in parts]), subjects


def make(name: str) -> nn.Module:
    if name == "study":
        return StudyNet(len(CH_NAMES), 2)
    kinds = ("eeg",) * len(CH_NAMES)
    sensors = Sensors(CH_NAMES, kinds, SFREQ, -0.2, "arbitrary", head_positions(CH_NAMES))
    return ARCHITECTURES["eegnet"].make(NetworkInput(sensors, N_TIMES, 2))


def score(name: str, weights: bool, seed: int, data: tuple[np.ndarray, ...]) -> list[float]:
    X, y, subjects = data
    order = np.random.default_rng(seed).permutation(np.unique(subjects))
    test = np.isin(subjects, order[: N_SUBJECTS // 5])
    with seeded(seed), quiet():
        module = make(name)
    training = Training(
        module, Recipe(class_weights=weights, **RECIPE), 2, seed=seed, n_updates=10**6
    )
    training.run(X[~test], y[~test], subjects[~test])
    logits = torch.from_numpy(predict_logits(module, X[test]))
    p = torch.softmax(logits, 1)[:, 1].numpy()
    found = logits.argmax(1).numpy()
    return [
        float(balanced_accuracy_score(y[test], found)),
        float(f1_score(y[test], found, average="macro")),
        float(roc_auc_score(y[test], p)),
        float(training.n_epochs),
    ]


def interval(values: np.ndarray) -> str:
    """Mean and 95 % interval over seeds (Student's t)."""
    half = student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return f"{values.mean():6.3f} [{values.mean() - half:6.3f}, {values.mean() + half:6.3f}]"


def main() -> None:
    started = time.process_time()
    data = simulate(np.random.default_rng(0))
    print(f"{len(data[1])} trials of {N_SUBJECTS} subjects, {data[1].mean():.0%} targets; mean and")
    print(f"95 % interval over {len(SEEDS)} splits by subject\n")
    print(f"{'network':18} {'class weights':14}" + "".join(f"{m:25}" for m in METRICS) + "epochs")
    for name, title in (("eegnet", "EEGNet, canonical"), ("study", "EEGNet of the study")):
        runs = {}
        for weights in (False, True):
            found = np.array([score(name, weights, seed, data) for seed in SEEDS])
            shown = "".join(f"{interval(found[:, k]):25}" for k in range(3))
            row = f"{title:18.18} {'yes' if weights else 'no':14}{shown}{found[:, 3].mean():.0f}"
            print(row, flush=True)
            runs[weights] = found
        gain = runs[True] - runs[False]
        print(f"{'':18} {'gain':14}" + "".join(f"{interval(gain[:, k]):25}" for k in range(3)))
    print(f"\n{time.process_time() - started:.0f} CPU seconds")


if __name__ == "__main__":
    main()
