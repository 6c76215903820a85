"""Numba's compiler with a type: what it compiles keeps its signature for the type checker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

_F = TypeVar("_F", bound="Callable[..., object]")


def njit(function: _F) -> _F:
    """Compile a function of arrays and numbers once, outside the interpreter's lock."""
    return cast("_F", numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def leaf(function: _F) -> _F:
    """Compile a part of a loop that makes no array of its own.

    Numba counts references to every array of every tuple it passes on; on tuples of many
    arrays that took three quarters of the time. A leaf counts none, and cannot allocate.
    """
    return cast("_F", _leaf_compiler()(function))


def inlined(function: _F) -> _F:
    """Compile a leaf into its callers: a call hands over every array of every tuple one by one."""
    return cast("_F", _leaf_compiler(forceinline=True)(function))


def _leaf_compiler(**more: bool) -> Callable[[object], object]:
    # `_nrt` is Numba's own and not in its types; without it the answer is the same, later.
    compiler = cast("Callable[..., Any]", numba.njit)
    made = compiler(cache=True, nogil=True, error_model="numpy", _nrt=False, **more)
    return cast("Callable[[object], object]", made)
