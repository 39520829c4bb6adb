"""Which parts are near-identical: the same words and attributes, apart from those that seldom decide.

Sizes, colours, packs and numbers may decide a number all the same ("valued over $5", "exceeding 20 cm"): so
likeness only gathers parts for a person, who sees every difference and decides.
"""

import json
import re
import unicodedata
from hashlib import sha256

from ftz_common.contracts.classification import PartRecorded

_WORD = re.compile(r"[^\W\d_]+")
_NAMES = "color colour size pack set style model brand pattern design sku"
_COLOURS = "black white red blue green grey gray yellow pink purple orange brown beige navy teal ivory cream"
_SIZES = "xxs xs s m l xl xxl xxxl small medium large extra size inch inches cm mm ml oz kg g lb ct"
_IDLE = (
    "multicolor multicolour silver gold pack pk pcs pc piece pieces color colour of in with and the a an for"
)
_SELDOM_NAMES = frozenset(_NAMES.split())
_SELDOM_WORDS = frozenset(f"{_COLOURS} {_SIZES} {_IDLE}".split())


def words_of(text: str) -> list[str]:
    """The words that may decide, sorted, each once."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return sorted({word for word in _WORD.findall(plain) if word not in _SELDOM_WORDS})


def likeness_of(recorded: PartRecorded) -> str:
    """One text for near-identical parts; "" where no word is left to compare."""
    words = words_of(recorded.description)
    if not words:
        return ""
    attributes = {
        name.casefold(): " ".join(words_of(value)) or value.strip()
        for name, value in recorded.attributes.items()
        if not _SELDOM_NAMES.intersection(_WORD.findall(name.casefold()))
    }
    text = json.dumps([words, attributes], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:24]
