"""Functional images that nilearn fetches, laid out as derivatives in a BIDS tree.

nilearn's fetchers return lists: of images (or tables of parcels), of confounds, and a table of
subjects. Which row is whose is told by the files' names where they have one.
"""

import inspect
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuro.datasets import tree
from neuro.datasets.base import DatasetError, DatasetSource, FetchContext, enumerate_some, suggest
from neuro.datasets.convert import recording_of
from neuro.io.atomic import atomic
from neuro.io.bids import Recording

if TYPE_CHECKING:
    import pandas as pd

    from neuro.config.source import NilearnSource as NilearnConfig

IDENTITY = ("participant_id", "Subject", "SUB_ID", "subject_id")
"""Columns in which nilearn's tables of subjects name them."""


class NilearnSource(DatasetSource["NilearnConfig"]):
    """What one function of `nilearn.datasets` brings."""

    makes_data = True

    def __init__(self, config: "NilearnConfig", name: str = "", modality: str = "fmri") -> None:
        super().__init__(config, name, modality)
        self.license = config.license or "as nilearn states it"
        self.citation = config.citation or f"nilearn.datasets.{config.fetcher}"

    def listing(self) -> list[Recording] | None:
        """Return None: what there is is known once it is fetched."""
        return None

    def check(self) -> None:
        """Check that nilearn has the fetcher, and that it takes the options.

        Raises
        ------
        DatasetError
            If it has not, or does not.
        """
        self._fetcher()

    def fetch(self, target_dir: Path, context: FetchContext) -> None:
        """Let nilearn download, and write each image with its confounds as a recording.

        Downloads go into the cache.

        Raises
        ------
        DatasetError
            As :meth:`check`, or if the data cannot be had or hold no recordings.
        """
        fetcher = self._fetcher()
        keys: dict[str, Any] = dict(self.config.options)
        known = inspect.signature(fetcher).parameters
        if "data_dir" in known:
            keys["data_dir"] = str(context.cache_dir / "nilearn")
        if "verbose" in known:
            keys["verbose"] = int(context.progress)
        try:
            bunch = fetcher(**keys)
        except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
            raise DatasetError(
                f"{self.where}: nilearn's {self.config.fetcher} failed ({type(error).__name__}: "
                f"{error}). Check options and network and run again; what was downloaded is kept."
            ) from error
        self._describe(bunch)
        with atomic(target_dir) as root:
            root.mkdir()
            tree.describe(root, self.config.fetcher, self.license, self.citation, kind="derivative")
            self._lay_out(bunch, root)

    def _fetcher(self) -> Any:
        import nilearn.datasets

        there = [name for name in dir(nilearn.datasets) if name.startswith("fetch_")]
        if self.config.fetcher not in there:
            raise DatasetError(
                f"{self.where}.fetcher: nilearn has no {self.config.fetcher!r}."
                f"{suggest(self.config.fetcher, there)} Allowed: "
                f"{enumerate_some(there, len(there))}."
            )
        fetcher = getattr(nilearn.datasets, self.config.fetcher)
        known = inspect.signature(fetcher).parameters
        open_ended = any(p.kind is p.VAR_KEYWORD for p in known.values())
        unknown = [] if open_ended else sorted(set(self.config.options) - set(known))
        if unknown:
            raise DatasetError(
                f"{self.where}.options: {self.config.fetcher} does not take {unknown}. "
                f"Allowed: {', '.join(known)}."
            )
        return fetcher

    def _describe(self, bunch: Mapping[str, Any]) -> None:
        """Take licence and citation from nilearn's description where they are not configured."""
        text = str(bunch.get("description") or "")
        if not self.config.license and (found := re.search(r"(?im)^.*licen[cs]e.*$", text)):
            self.license = found[0].strip()
        if not self.config.citation and (dois := re.findall(r"https?://doi\.org/\S+", text)):
            self.citation += ", " + ", ".join(dict.fromkeys(doi.rstrip(".,)") for doi in dois))

    def _lay_out(self, bunch: Mapping[str, Any], root: Path) -> None:
        """Write all recordings, and the table of subjects."""
        recordings = _list(bunch.get(self.config.take))
        if not recordings:
            lists = [key for key, value in bunch.items() if isinstance(value, (list, tuple))]
            raise DatasetError(
                f"{self.where}.take: {self.config.fetcher} returns no list {self.config.take!r}."
                f"{suggest(self.config.take, lists)} It returns the lists {lists}."
            )
        subjects = self._subjects(recordings, bunch.get("phenotypic"))
        confounds = _list(bunch.get("confounds")) or [None] * len(recordings)
        if len(confounds) != len(recordings):
            raise DatasetError(
                f"{self.where}: {self.config.fetcher} returns {len(recordings)} recordings, but "
                f"{len(confounds)} tables of confounds."
            )
        tr = self.config.tr or bunch.get("t_r")
        for label, item, table in zip(subjects, recordings, confounds, strict=True):
            stem = self._write(item, label, tr, root)
            if table is not None:
                _write_confounds(table, Path(f"{stem}_desc-confounds_timeseries.tsv"))
        _write_participants(bunch.get("phenotypic"), subjects, root)

    def _write(self, item: Any, label: str, tr: Any, root: Path) -> Path:
        """Write one image, or one table of parcels; returns the path up to the task."""
        if isinstance(item, (str, Path)):
            ending = ".nii.gz" if str(item).endswith(".gz") else ".nii"
            keys = {"description": "preproc", "suffix": "bold"}
        else:
            ending, keys = ".tsv", {"suffix": "timeseries"}
        recording = recording_of(label, "", self.config.task, "", ending, modality="fmri", **keys)
        path = root / recording.path
        if path.exists():
            raise DatasetError(f"{self.where}: two recordings of subject {label!r}.")
        if isinstance(item, (str, Path)):
            tree.place(Path(item), path)
        else:
            if tr is None:
                raise DatasetError(
                    f"{self.where}.tr: must be given, since tables of parcels do not tell the time "
                    "from volume to volume."
                )
            tree.write_table(
                path, [f"parcel{i + 1:03d}" for i in range(item.shape[1])], item.tolist()
            )
        told = {"TaskName": self.config.task} | (
            {} if tr is None else {"RepetitionTime": float(tr)}
        )
        tree.write_json(path.with_name(f"{path.name.split('.')[0]}.json"), told)
        return root / recording.prefix

    def _subjects(self, recordings: Sequence[Any], table: Any) -> list[str]:
        """Label of each recording's subject."""
        known = _identities(table)
        if not known:
            width = max(2, len(str(len(recordings))))
            return [f"{i + 1:0{width}d}" for i in range(len(recordings))]
        labels = []
        for i, item in enumerate(recordings):
            if not isinstance(item, (str, Path)):
                if len(known) != len(recordings):
                    raise DatasetError(
                        f"{self.where}: {len(recordings)} tables for {len(known)} subjects."
                    )
                labels.append(known[i])
                continue
            hits = [label for label in known if _names(Path(item).name, label)]
            if len(hits) != 1:
                raise DatasetError(
                    f"{self.where}: {item} names {len(hits)} of the subjects "
                    f"{enumerate_some(known)}."
                )
            labels += hits
        return [_label(label) for label in labels]


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _identities(table: Any) -> list[str]:
    """Subjects as nilearn's table names them; none without such a table."""
    if table is None:
        return []
    frame = _frame(table)
    column = next((key for key in IDENTITY if key in frame), None)
    return [] if column is None else [str(value) for value in frame[column]]


def _frame(table: Any) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(table)


def _names(filename: str, label: str) -> bool:
    """Whether a file's name holds a label as a word of its own, leading zeros or not."""
    return bool(re.search(rf"(?<![A-Za-z0-9])0*{re.escape(label)}(?![A-Za-z0-9])", filename))


def _label(name: str) -> str:
    """BIDS label of a subject."""
    return re.sub("[^A-Za-z0-9]", "", name.removeprefix("sub-"))


def _write_confounds(table: Any, path: Path) -> None:
    """Write confounds, whatever separates their columns, as fMRIPrep does."""
    import pandas as pd

    frame = pd.read_csv(table, sep=None, engine="python")
    frame.to_csv(path, sep="\t", index=False, na_rep="n/a", lineterminator="\n")


def _write_participants(table: Any, subjects: Sequence[str], root: Path) -> None:
    if table is None or not (known := _identities(table)):
        tree.write_participants(root)
        return
    frame = _frame(table).reset_index(drop=True)
    rows = {_label(label): i for i, label in enumerate(known)}
    frame = frame.iloc[[rows[label] for label in subjects]]
    frame = frame.drop(columns="participant_id", errors="ignore")
    frame.insert(0, "participant_id", [f"sub-{label}" for label in subjects])
    frame.to_csv(
        root / "participants.tsv", sep="\t", index=False, na_rep="n/a", lineterminator="\n"
    )
