"""A dataset of MOABB (Aristimunha et al., 2023), written as a BIDS tree.

MOABB's own annotations of trials begin `interval[0]` after the cue (0.2 s before it for ERP CORE);
here an event is at its cue. Trigger channels, which tell the condition, are left out.
"""

import inspect
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuro.datasets import convert
from neuro.datasets.base import DatasetError, DatasetSource, FetchContext, enumerate_some, suggest
from neuro.datasets.extra import require
from neuro.io.atomic import atomic
from neuro.io.bids import Recording

if TYPE_CHECKING:
    import mne

    from neuro.config.source import MoabbSource as MoabbConfig

_INDEXED = re.compile(r"([0-9]+)([A-Za-z][A-Za-z0-9]*)?")
"""How MOABB names sessions and runs: a number, then perhaps a word."""


class MoabbSource(DatasetSource["MoabbConfig"]):
    """One class of `moabb.datasets`."""

    makes_data = True

    def __init__(self, config: "MoabbConfig", name: str = "", modality: str = "eeg") -> None:
        super().__init__(config, name, modality)
        self.license = config.license or "as MOABB states it"
        self.citation = config.citation or f"MOABB dataset {config.name}"

    def listing(self) -> list[Recording] | None:
        """Return None: sessions and runs are known once the subjects are read."""
        return None

    def check(self) -> None:
        """Check that MOABB has the dataset, with these options and subjects.

        Raises
        ------
        DatasetError
            If it has not.
        """
        self._subjects(self._dataset())

    def fetch(self, target_dir: Path, context: FetchContext) -> None:
        """Let MOABB download the subjects, and write each run as a recording.

        Downloads go where MOABB is configured to keep them, else into the cache.

        Raises
        ------
        DatasetError
            As :meth:`check`, or if the data cannot be had or hold none of the dataset's events.
        """
        with _downloads_into(context.cache_dir / "moabb"):
            dataset = self._dataset()
            subjects = self._subjects(dataset)
            self._describe(dataset)
            width = max(len(str(subject)) for subject in dataset.all_subjects)
            with atomic(target_dir) as root:
                root.mkdir()
                convert.describe(root, self.config.name, self.license, self.citation)
                for subject in subjects:
                    for session, run, raw in self._runs(dataset, subject):
                        label = re.sub("[^A-Za-z0-9]", "", str(subject)).zfill(width)
                        recording = _recording(label, session, run, dataset.paradigm)
                        convert.write(raw, recording, root, copied=False)

    def _dataset(self) -> Any:
        module = require("moabb.datasets", self.where)
        base = require("moabb.datasets.base", self.where)
        classes = {
            name: cls
            for name, cls in inspect.getmembers(module, inspect.isclass)
            if issubclass(cls, base.BaseDataset) and not inspect.isabstract(cls)
        }
        if self.config.name not in classes:
            raise DatasetError(
                f"{self.where}.name: MOABB has no dataset {self.config.name!r}."
                f"{suggest(self.config.name, classes)} Allowed: "
                f"{enumerate_some(classes, len(classes))}."
            )
        try:
            return classes[self.config.name](**self.config.options)
        except (TypeError, ValueError) as error:
            known = inspect.signature(classes[self.config.name]).parameters
            raise DatasetError(
                f"{self.where}.options: {self.config.name} does not take them ({error}). "
                f"Allowed: {', '.join(known)}."
            ) from error

    def _subjects(self, dataset: Any) -> list[Any]:
        there = dataset.all_subjects
        for subject in self.config.subjects:
            if subject not in there:
                raise DatasetError(
                    f"{self.where}.subjects: {self.config.name} has no subject {subject!r}. "
                    f"Allowed: {', '.join(map(str, there))}."
                )
        return self.config.subjects or list(there)

    def _describe(self, dataset: Any) -> None:
        """Take licence and DOI from MOABB where the configuration does not state them."""
        documentation = getattr(dataset.metadata, "documentation", None)
        if not self.config.license and (told := getattr(documentation, "license", None)):
            self.license = str(told)
        if not self.config.citation and (doi := dataset.doi):
            self.citation = f"MOABB dataset {self.config.name}, https://doi.org/{doi}"

    def _runs(self, dataset: Any, subject: Any) -> Iterator[tuple[str, str, "mne.io.BaseRaw"]]:
        """All runs of a subject in a fixed order, with the dataset's events as annotations."""
        steps = require("moabb.datasets.preprocessing", self.where)
        kinds = require("moabb.datasets.bids_interface", self.where)
        start, stop = dataset.interval
        at_cue = steps.SetRawAnnotations(dataset.event_id, interval=(0, stop - start))
        pipeline = steps.FixedPipeline([(kinds.StepType.RAW, at_cue)])
        try:
            sessions = dataset.get_data([subject], process_pipeline=pipeline)[subject]
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            raise DatasetError(
                f"{self.where}: MOABB could not bring subject {subject} of {self.config.name} "
                f"({type(error).__name__}: {error}). Check the network and run again; what it "
                "downloaded is kept."
            ) from error
        for session in sorted(sessions, key=_order):
            for run in sorted(sessions[session], key=_order):
                raw = sessions[session][run]
                if not set(raw.annotations.description) & set(dataset.event_id):
                    raise DatasetError(
                        f"{self.where}: subject {subject}, session {session}, run {run} of "
                        f"{self.config.name} has none of its events "
                        f"{enumerate_some(dataset.event_id)}; leave the subject out with "
                        f"`subjects`."
                    )
                yield session, run, raw


def _order(name: str) -> tuple[int, str]:
    index, word = _parts(name)
    return int(index), word


def _parts(name: str) -> tuple[str, str]:
    found = _INDEXED.fullmatch(name)
    if found is None:
        raise DatasetError(f"MOABB names a session or run {name!r}, which begins with no number.")
    return found[1], found[2] or ""


def _recording(subject: str, session: str, run: str, paradigm: str) -> Recording:
    """A run's number tells it from the session's others; its word becomes BIDS' `acq`."""
    index, word = _parts(run)
    task = re.sub("[^A-Za-z0-9]", "", paradigm)
    return convert.recording_of(subject, session, task, index, convert.WRITTEN, acquisition=word)


@contextmanager
def _downloads_into(folder: Path) -> Iterator[None]:
    """Let MOABB keep its downloads in a folder, unless it is configured to keep them elsewhere."""
    import mne

    if mne.get_config("MNE_DATA") is not None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["MNE_DATA"] = str(folder)
    try:
        yield
    finally:
        del os.environ["MNE_DATA"]
