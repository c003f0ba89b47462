"""The benchmark of decoders, benchmarked: speed, published splits, shuffled labels, an oddball.

`python -m benchmarks.eegbench [part ...]` measures all parts, or some: `speed` (classical pipelines
against moabb's WithinSessionEvaluation), `published` (slow cortical potentials and hand movements,
with their publishers' test trials), `shuffled` (all methods on shuffled labels), `heads` (a second
model on the same embeddings), `oddball` (two versions of EEGNet on a simulated one with rare
targets). Real trials are those of the default configuration, which are fetched and preprocessed
where they are not there yet.
"""

import json
import sys
from importlib import import_module
from pathlib import Path

from benchmarks._claims import tell

PARTS = ("speed", "published", "shuffled", "heads", "oddball")


def main(parts: list[str]) -> int:
    if unknown := sorted(set(parts) - set(PARTS)):
        print(f"There is no part {', '.join(unknown)}; parts are {', '.join(PARTS)}")
        return 2
    # What was measured earlier stands until it is measured anew.
    earlier = Path(__file__).parent / "results" / "eegbench.json"
    values = json.loads(earlier.read_text()) if parts and earlier.is_file() else {}
    for part in parts or PARTS:
        print(f"\n== {part} ==", flush=True)
        module = import_module(f"benchmarks._eegbench_{part}")
        if part in ("heads", "oddball"):  # of interest for themselves: no claim hangs on them
            module.main()
        else:
            values |= module.claims()
    return 0 if tell("eegbench", values) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
