"""Which job is writing: set once by the job's frame, kept with every file it writes."""

from contextvars import ContextVar
from typing import Any

current: ContextVar[dict[str, Any]] = ContextVar("provenance")
"""Rule, wildcards, seed and code digest of the running job; unset in a notebook."""


def get() -> dict[str, Any]:
    """Provenance of the running job; empty outside the workflow."""
    return dict(current.get({}))
