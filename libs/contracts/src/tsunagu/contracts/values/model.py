"""What every value of a message has in common."""

from pydantic import BaseModel, ConfigDict

MODEL_CONFIG = ConfigDict(
    frozen=True,
    # A process reads a few of all messages: validators of the others would be a fifth of its imports' time.
    defer_build=True,
    # A newer writer may send more than this reader knows: forward compatible.
    extra="ignore",
    allow_inf_nan=False,
    # Errors end up in logs and dead letters; what somebody typed must not.
    hide_input_in_errors=True,
)


class Value(BaseModel):
    """A part of a message: frozen, compared by its fields, without an identity of its own."""

    model_config = MODEL_CONFIG
