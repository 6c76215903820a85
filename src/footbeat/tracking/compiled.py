"""Numba's compiler with a type: what it compiles keeps its signature for the type checker."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

_F = TypeVar("_F", bound="Callable[..., object]")


def njit(function: _F) -> _F:
    """Compile a function of arrays and numbers once, outside the interpreter's lock."""
    return cast("_F", numba.njit(cache=True, nogil=True)(function))
