"""Whether a record stands: live, cancelled or reclassified, by the words systems use for it.

By rule: a word the mapping codes means what it says there; else words such as *no-crimed* or
*transferred* cancel and *reclassified* reclassifies; every other word leaves the record live.
As the Home Office counting rules have it, a crime stays recorded unless it is shown that there
was none, it was recorded twice or in error, or it belongs to another force: so a report that is
false, rejected or no offence cancels, and a victim who withdraws does not. Those
of them whose meaning is not known are counted and named, never passed over in silence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from footbeat.incidents.personal import is_plain_word
from footbeat.tables import INCIDENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

LIVE = "live"

_RECLASSIFIED = re.compile(r"re-?(class|categor)", re.IGNORECASE)
_CANCELLED = re.compile(
    r"no[nt]?( an?)?[ -]?crim|\bno[nt]?( an?)?[ -]offen[cs]e|cancel|transferred"
    r"|\btransfer to\b.*(force|police|constabulary)|\bunfounded\b|\bN100\b"
    r"|\bdup(e|licate|licated)?\b|\berror\b|\bvoid(ed)?\b|\bdeleted?\b|\badditional verif"
    r"|\bAVI\b|\bfalse (report|allegation|complaint)"
    r"|^((crime|report|record|occurrence|incident) )?rejected\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(not|never)[ -](been )?(re-?class|cancel|reject)|\bun-?cancel|\bcps\b|\bre-?instated?\b"
    r"|\btransferred to\b.*\b(cid|team|unit|officer|oic|department|queue|squad)\b",
    re.IGNORECASE,
)
# An investigation's state or outcome: the crime stands, whatever became of it.
_STANDS = re.compile(
    r"\b(open|active|new|current|recorded|crimed?|confirmed|validated|investigat\w*|undetected"
    r"|detected|charged?|summons\w*|caution\w*|filed|final\w*|closed|completed?|resolved|attended"
    r"|withdr(ew|awn)|declin(ed|es)|re-?opened"
    r"|no further action|nfa|outcome|evidential|suspect|community resolution|pending|allocated)\b",
    re.IGNORECASE,
)
_MOST_NAMED = 6


def read_status(texts: pa.Array, codes: Mapping[str, str]) -> pa.Array:
    """Return each record's status; a missing one is live."""
    encoded = texts.dictionary_encode()
    values = [_decide(text, codes)[0] for text in encoded.dictionary.to_pylist()]
    return pa.array(values, pa.string()).take(encoded.indices).fill_null(LIVE)


def count_unknown(texts: pa.Array, codes: Mapping[str, str]) -> dict[str, int]:
    """Count the rows of each status word whose meaning is not known."""
    counts = pc.value_counts(texts.drop_null()).to_pylist()
    return {
        pair["values"]: pair["counts"] for pair in counts if not _decide(pair["values"], codes)[1]
    }


def say_unknown(counts: Mapping[str, int]) -> str:
    """Return the warning on unknown words, or nothing; what may be personal is not repeated.

    Examples
    --------
    >>> say_unknown({"Q7": 12})
    'Status of unknown meaning was read as live: “Q7” (12 rows). Code it under [codes.status].'
    """
    if not counts:
        return ""
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    shown = [word for word in ranked if is_plain_word(word)][:_MOST_NAMED]
    told = [f"“{word}” ({counts[word]:,} rows)" for word in shown]
    if left := len(ranked) - len(shown):
        n_rows = sum(counts.values()) - sum(counts[word] for word in shown)
        told.append(f"{left:,} other words ({n_rows:,} rows)")
    words = ", ".join(told)
    return f"Status of unknown meaning was read as live: {words}. Code it under [codes.status]."


def _decide(text: str, codes: Mapping[str, str]) -> tuple[str, bool]:
    """Return a word's status, and whether its meaning is known."""
    value = codes.get(text.casefold(), text.casefold())
    if value in INCIDENTS["status"].values:
        return value, True
    if _DENIED.search(text):
        return LIVE, True
    if _RECLASSIFIED.search(text):
        return "reclassified", True
    if _CANCELLED.search(text):
        return "cancelled", True
    return LIVE, _STANDS.search(text) is not None
