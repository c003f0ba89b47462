"""A second head on an encoder's embeddings: what it costs beside the first.

Embeddings are made once for all folds and heads. Encoders are as they are made, untrained, which
costs the same as trained ones; trials are those of one subject, faces against houses.
"""

import time

import numpy as np

from benchmarks._eegbench_data import real
from neuro.analyses.eegbench.method import Method, Setting
from neuro.analyses.eegbench.networks.methods import NetworkSettings, network_methods
from neuro.analyses.eegbench.splits import Fold, blocks
from neuro.analyses.eegbench.trials import Trials
from neuro.config.eegbench import SplitSettings

ENCODERS = ("eegpt", "reve", "bendr", "cbramod", "labram", "biot")
HEADS = ("probe", "logistic")


def seconds_of_head(
    method: Method, embedded: np.ndarray, trials: Trials, folds: list[Fold], setting: Setting
) -> float:
    """CPU seconds of one head's fits and predictions over all folds."""
    began = time.process_time()
    for fold in folds:
        head = method.build(setting)
        head.fit(embedded[fold.train], trials.y[fold.train], fold.groups)
        head.predict_proba(embedded[fold.test])
    return time.process_time() - began


def main() -> None:
    """Print a table: embedding, first head, second head, and the second's share of the first."""
    trials = real("faces", "face-house")
    trials = trials.take(trials.subject == trials.subject[0])
    folds = blocks(trials, SplitSettings())
    setting = Setting(trials.sensors, trials.data.shape[-1], len(trials.classes))
    methods = network_methods(NetworkSettings())
    print(f"{len(trials)} trials, {len(folds)} folds, CPU s; the first model embeds and fits")
    print(
        f"{'encoder':12} {'embedding':>10}{''.join(f'{head:>10}' for head in HEADS)} second/first"
    )
    for encoder in ENCODERS:
        first, second = (methods[f"{encoder}-{head}-random"] for head in HEADS)
        if first.prepare is None or first.prepare is not second.prepare:
            raise AssertionError(f"{encoder}: its heads do not share embeddings")
        began = time.process_time()
        embedded = first.prepare(trials, setting)
        spent = [time.process_time() - began]
        spent += [seconds_of_head(m, embedded, trials, folds, setting) for m in (first, second)]
        share = spent[2] / (spent[0] + spent[1])
        told = "".join(f"{value:10.2f}" for value in spent)
        print(f"{encoder:12} {told} {share:11.1%}", flush=True)


if __name__ == "__main__":
    main()
