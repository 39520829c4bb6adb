"""Text as the engine reads it: normalised, tokenised, stemmed; the same input gives the same tokens."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from importlib import resources

import Stemmer

MAX_CHARACTERS = 4_000
_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|</?[a-zA-Z][^<>]{0,2000}>", re.S | re.I)
_WORD = re.compile(r"[a-z][a-z\-']*[a-z]|[a-z]|\d+(?:\.\d+)?%?")
_SPACE = re.compile(r"\s+")
_STOP = frozenset(
    (resources.files("ftz_classification.engine") / "terms" / "stopwords.txt").read_text("utf-8").split()
)
_STEMMER = Stemmer.Stemmer("english")


def normalise(text: str) -> str:
    """NFKC text without markup, control characters and emoji, on one line, at most 4,000 characters."""
    text = unicodedata.normalize("NFKC", html.unescape(_TAG.sub(" ", text[: 4 * MAX_CHARACTERS])))
    kept = "".join(c if unicodedata.category(c)[0] not in "CS" or c in "$%+<=>°" else " " for c in text)
    return _SPACE.sub(" ", kept).strip()[:MAX_CHARACTERS].rstrip()


def words(text: str) -> list[str]:
    """Lower-case words and numbers in order, accents folded, hyphenated words whole and in parts."""
    folded = unicodedata.normalize("NFKD", text.lower())
    folded = "".join(c for c in folded if not unicodedata.combining(c))
    found: list[str] = []
    for word in _WORD.findall(folded):
        bare = word.replace("'s", "").replace("'", "")
        if "-" in bare:
            parts = [part for part in bare.split("-") if part]
            found += [*parts, "".join(parts)] if len(parts) > 1 else parts
        elif bare:
            found.append(bare)
    return found


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    return _STEMMER.stemWord(word)


def tokens(text: str) -> list[str]:
    """Stemmed words of `text` without stop words: what BM25 indexes and matches."""
    return [stem(word) for word in words(text) if word not in _STOP]
