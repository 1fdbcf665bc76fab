"""The misbehaviours of endpoint.py, by name, each with what the client is to make of it."""

from .case import CASES
# Each adds its own, in this order.
from . import histories, bodies, pages, transport, commands, keys, well  # noqa: F401

__all__ = ["CASES"]
