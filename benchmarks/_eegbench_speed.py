"""Pipelines in one pass over the folds, against moabb's WithinSessionEvaluation.

Both sides read the same YAML files, are handed the same epochs in double precision, test the same
folds (moabb's splitter makes them), and use one thread. What is saved: steps that learn nothing are
done once and not in every fold; xDAWN, principal channels and filtered trials are shared by the
pipelines that need them; and some steps of pyriemann and scikit-learn have faster equals.
"""

import os
import tempfile
import time
import warnings
from statistics import median
from typing import Any

for name in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{name}_NUM_THREADS", "1")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from sklearn.base import clone  # noqa: E402
from sklearn.metrics import roc_auc_score  # noqa: E402
from sklearn.pipeline import Pipeline, make_pipeline  # noqa: E402

from benchmarks._eegbench_data import oddball, real, thin  # noqa: E402
from neuro.analyses.eegbench.classical.load import Entry, read_folder  # noqa: E402
from neuro.analyses.eegbench.classical.methods import (  # noqa: E402
    SHIPPED,
    informed,
    method_of,
)
from neuro.analyses.eegbench.method import Setting  # noqa: E402
from neuro.analyses.eegbench.trials import Trials  # noqa: E402

N_FOLDS, SEED, N_RUNS = 5, 42, 3
Scores = dict[tuple[str, str], float]


def plain(entry: Entry, setting: Setting) -> Pipeline:
    """The pipeline as its file says, told the sampling rate: what moabb runs."""
    return make_pipeline(*(informed(step, setting) for _, step in entry.pipeline.steps))


def theirs(trials: Trials, pipelines: dict[str, Pipeline]) -> tuple[Scores, float]:
    """AUROC by subject and pipeline, and CPU seconds, of moabb."""
    import moabb
    from moabb.datasets.base import BaseDataset
    from moabb.evaluations import WithinSessionEvaluation
    from moabb.paradigms import P300

    moabb.set_log_level("error")
    names = np.unique(trials.subject)
    numbers = {name: k + 1 for k, name in enumerate(names)}
    data, frame = trials.data.astype(np.float64), _frame(trials, numbers)
    events = {name: k for k, name in enumerate(trials.classes)}

    class Held(BaseDataset):  # type: ignore[misc]
        """Trials that are in memory."""

        def __init__(self) -> None:
            interval = [0, trials.data.shape[-1] / trials.sensors.sfreq]
            super().__init__(list(numbers.values()), 1, events, "Held", interval, "p300")

        def _get_single_subject_data(self, subject: int) -> None:
            raise NotImplementedError

        def data_path(self, subject: int, *args: Any, **kwargs: Any) -> None:
            raise NotImplementedError

    class Given(P300):  # type: ignore[misc]
        """Hands the trials over as they are."""

        def is_valid(self, dataset: BaseDataset) -> bool:
            return True

        def get_data(self, dataset: Any, subjects: Any = None, **kwargs: Any) -> Any:
            held = np.ones(len(frame), bool) if subjects is None else frame.subject.isin(subjects)
            labels = np.array(trials.classes)[trials.y]
            return data[held], labels[held], frame[held].reset_index(drop=True)

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        evaluation = WithinSessionEvaluation(
            paradigm=Given(events=list(trials.classes)), datasets=[Held()], random_state=SEED,
            n_splits=N_FOLDS, hdf5_path=folder, overwrite=True,
        )  # fmt: skip
        began = time.process_time()
        table = evaluation.process({name: clone(p) for name, p in pipelines.items()})
        seconds = time.process_time() - began
    back = {str(number): name for name, number in numbers.items()}
    rows = zip(table.subject.astype(str), table.pipeline, table.score, strict=True)
    return {(back[subject], name): float(score) for subject, name, score in rows}, seconds


def _frame(trials: Trials, numbers: dict[str, int]) -> pd.DataFrame:
    subject = [numbers[name] for name in trials.subject]
    return pd.DataFrame({"subject": subject, "session": "0", "run": "0"})


def ours(trials: Trials, entries: dict[str, Entry], setting: Setting) -> tuple[Scores, float]:
    """AUROC by subject and pipeline, and CPU seconds, in one pass over the folds."""
    from moabb.evaluations.splitters import WithinSessionSplitter

    methods = {name: method_of(entry) for name, entry in entries.items()}
    numbers = {name: k + 1 for k, name in enumerate(np.unique(trials.subject))}
    splitter = WithinSessionSplitter(N_FOLDS, shuffle=True, random_state=SEED)
    folds = list(splitter.split(trials.y, _frame(trials, numbers)))
    found: dict[tuple[str, str], list[float]] = {}
    began = time.process_time()
    arrays = {
        n: m.prepare(trials, setting) if m.prepare else trials.data for n, m in methods.items()
    }
    for train, test in folds:
        y, truth, groups = trials.y[train], trials.y[test], np.full(len(train), "")
        slices = {id(a): (a[train], a[test]) for a in {id(a): a for a in arrays.values()}.values()}
        for name, method in methods.items():
            past, future = slices[id(arrays[name])]
            said = method.build(setting).fit(past, y, groups).predict_proba(future)
            score = roc_auc_score(truth, said[:, 1])
            found.setdefault((str(trials.subject[test[0]]), name), []).append(score)
    seconds = time.process_time() - began
    return {key: float(np.mean(values)) for key, values in found.items()}, seconds


def compare(title: str, trials: Trials) -> float:
    """Print a table, and give the median ratio of CPU seconds, all pipelines in one run."""
    setting = Setting(trials.sensors, trials.data.shape[-1], len(trials.classes))
    entries = read_folder(SHIPPED)
    pipelines = {name: plain(entry, setting) for name, entry in entries.items()}
    # What is imported and compiled at first use is not timed.
    theirs(trials, {"dummy": pipelines["dummy"]})
    ours(trials, entries, setting)
    print(f"\n{title}: {trials.data.shape}, {N_FOLDS} folds, CPU s, one thread")
    runs = []
    for k in range(N_RUNS):
        there, here = theirs(trials, pipelines), ours(trials, entries, setting)
        runs.append((there[1], here[1]))
        if not k:
            _same(there[0], here[0])
        told = f"{there[1]:8.2f} {here[1]:8.2f} {there[1] / here[1]:6.2f}"
        print(f"run {k + 1}, {len(entries)} pipelines: moabb, neuro, ratio {told}", flush=True)
    ratio = median(there / here for there, here in runs)
    print(f"median ratio {ratio:.2f}", flush=True)
    return ratio


def _same(there: Scores, here: Scores) -> None:
    """Print scores by pipeline, and refuse those that differ by more than a millionth."""
    print(f"{'pipeline':24} {'AUROC':>7} {'difference':>11}")
    for name in dict.fromkeys(name for _, name in there):
        keys = [key for key in there if key[1] == name]
        difference = max(abs(there[key] - here[key]) for key in keys)
        print(f"{name:24} {np.mean([here[key] for key in keys]):7.4f} {difference:11.1e}")
        if difference > 1e-6:
            raise AssertionError(f"{name}: scores differ by {difference:.2e}")


def claims() -> dict[str, float]:
    """The smaller of the ratios on simulated trials and on real ones of 32 channels."""
    simulated = compare("Simulated", oddball())
    trials = real("faces", "face-house")
    one = trials.take(trials.subject == trials.subject[0])
    return {"eegbench.speed_vs_moabb": min(simulated, compare("Faces and houses", thin(one)))}
