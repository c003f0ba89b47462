"""What every section of the configuration shares: strictness and a few field types."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9_-]*$",
        description="Lower-case letters, digits, '-' and '_'; begins with a letter.",
    ),
]
Label = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9]+$", description="A BIDS label: letters and digits.")
]


class Strict(BaseModel):
    """Base of all sections: no unknown keys, no mutation, defaults are checked too."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False
    )
