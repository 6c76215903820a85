"""Numba's compiler with a type: what it compiles keeps its signature for the type checker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

_F = TypeVar("_F", bound="Callable[..., object]")


def njit(function: _F) -> _F:
    """Compile a function of arrays and numbers once, outside the interpreter's lock."""
    return cast("_F", numba.njit(cache=True, nogil=True)(function))


def leaf(function: _F) -> _F:
    """Compile a part of a hot loop that makes no array of its own.

    Numba counts references to every array of every tuple it passes on; on tuples of many
    arrays that took three quarters of the time. A leaf counts none, and cannot allocate.
    """
    # The last option is Numba's own, not in its types; without it the answer is the same, later.
    compiler = cast("Callable[..., Any]", numba.njit)
    return cast("_F", compiler(cache=True, nogil=True, _nrt=False)(function))
