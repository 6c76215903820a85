"""What a mapping may set, and what each value must be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footbeat.errors import ColumnError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_texts(value: object) -> bool:
    return _is_text(value) or (isinstance(value, list) and all(map(_is_text, value)))


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_plain(value: object) -> bool:
    return isinstance(value, (str, int, float, bool))


def _holds(test: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, dict) and all(map(test, value.values()))


def _is_rules(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(rule, dict)
        and _is_text(rule.get("says"))
        and _is_texts(rule.get("headers"))
        and _is_texts(rule.get("files", []))
        for rule in value
    )


# Every setting, what its value must be, and the test for it.
_SETTINGS: dict[str, tuple[str, Callable[[object], bool]]] = {
    "name": ("text", _is_text),
    "title": ("text", _is_text),
    "kind": ("text", _is_text),
    "timezone": ("text", _is_text),
    "location_grade": ("text", _is_text),
    "default_group": ("text", _is_text),
    "offence_scheme": ("text", _is_text),
    "attribution": ("texts", _is_texts),
    "cautions": ("texts", _is_texts),
    "identifier_is_key": ("true or false", _is_bool),
    "synthetic": ("true or false", _is_bool),
    "columns": ("a table of headers", _holds(_is_texts)),
    "constants": ("a table of values", _holds(_is_plain)),
    "format": ("a table of texts", _holds(_is_text)),
    "codes": ("a table of tables of values", _holds(_holds(_is_plain))),
    "flags": ("a table of texts", _holds(_is_texts)),
    "premises": ("a table of texts", _holds(_is_text)),
    "crs": ("a table of texts", _holds(_is_text)),
    "metres": ("a table of coordinate systems", _holds(_is_text)),
    "identity": ("a table of headers", _holds(_is_texts)),
    "apart": ("tables with `says`, `headers` and perhaps `files`", _is_rules),
}


def check_settings(content: Mapping[str, object], title: str) -> None:
    """Refuse settings Footbeat does not know, and values of another type.

    Raises
    ------
    ColumnError
        When there is one.
    """
    unknown = sorted(set(content) - set(_SETTINGS))
    if unknown:
        raise ColumnError(
            f"`{title}` must hold only settings Footbeat knows.",
            found=f"It has {', '.join(unknown)}.",
            do=f"The settings are {', '.join(sorted(_SETTINGS))}.",
        )
    for name, value in content.items():
        wanted, fits = _SETTINGS[name]
        if not fits(value):
            raise ColumnError(
                f"`{name}` in `{title}` must be {wanted}.",
                found="It is something else.",
                do="Correct the mapping, or start from `footbeat incidents map`.",
            )
