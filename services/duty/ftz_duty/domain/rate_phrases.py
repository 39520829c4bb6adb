"""The fixed phrases of rate texts: units, bases, references. Data for `rate_text`; keys are `squeeze`d.

Squeezing (no case, no white space, no line-break hyphens) is what makes "on thebattery" and "appli- cable"
readable: exports of the schedule break words and lose spaces. A phrase that is not here is refused by name,
not approximated.
"""

import re
import unicodedata

_BROKEN_WORD = re.compile(r"(?<=[^\W\d_])-\s+(?=[^\W\d_])")
_IN_WORD_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
_VULGAR_FRACTION = re.compile(r"([¼-¾⅐-⅞])")
_RAISED_DIGIT = re.compile(r"(?<![A-Za-z])([\u00b2\u00b3\u00b9\u2070-\u2099])")
_RUN_TOGETHER = {"provided inthe ": "provided in the ", " oralterations": " or alterations"}


def tidy(text: str) -> str:
    """Compatibility characters folded (m² to m2, 33⅓ to 33 1/3), soft hyphens gone, words rejoined.

    A raised digit that is no part of a unit (a footnote mark: 6.8¹%) gets a caret: it must not join a number.
    """
    spaced = _RAISED_DIGIT.sub(r"^\1", _VULGAR_FRACTION.sub(r" \1", text))
    folded = unicodedata.normalize("NFKC", spaced).replace("\u00ad", "").replace("\u2044", "/")
    clean = _BROKEN_WORD.sub("", " ".join(folded.split()))
    for joined, apart in _RUN_TOGETHER.items():
        clean = clean.replace(joined, apart)
    return clean


def squeeze(text: str) -> str:
    """`tidy` text as a key: lower case, without blanks, hyphens inside words and a closing full stop."""
    return _IN_WORD_HYPHEN.sub("", tidy(text)).casefold().replace(" ", "").removesuffix(".")


def _keyed(meanings: dict[str, str], own: str | None = None) -> dict[str, str]:
    """Meanings by squeezed phrase, and by the phrase that `rate.words` writes: `own` and the meaning."""
    keyed = {squeeze(phrase): meaning for phrase, meaning in meanings.items()}
    if own is not None:
        keyed |= {squeeze(own + meaning): meaning for meaning in meanings.values() if meaning}
    return keyed


# What follows "¢/" or "$ /": the canonical unit symbol of `unit.read_unit`.
UNITS = _keyed(
    {
        "kg": "kg", "g": "g", "t": "t", "clean kg": "clean kg", "liter": "liter", "pf. liter": "pf.liter",
        "bbl": "bbl", "m2": "m2", "m3": "m3", "m": "m", "lin. m": "m", "doz.": "doz.", "gross": "gross",
        "pr.": "pr.", "1000": "1000", "1,000": "1000", "thousand": "1000", "1,000 pins": "1000",
        "head": "head", "article": "article", "pack": "pack", "jewel": "jewel",
        "jewel over 7": "jewel over 7", "line/gross": "line/gross", "each": "each",
        "other piece or part": "other piece or part",
    }
)  # fmt: skip

# What a unit is counted or weighed on.
QUANTITY_BASES = _keyed(
    {
        "": "",
        "on drained weight": "drained weight",
        "on contents and container": "contents and container",
        "on entire contents of container": "entire contents of container",
        "of total sugars": "total sugars",
        ", including weight of container": "weight including container",
        "of recording surface": "recording surface",
        "of immediate containers": "immediate containers",
        "of anhydrous morphine content": "anhydrous morphine content",
        # A proof liter is a measure of the ethyl alcohol already (27 CFR 30.11, "proof gallon").
        "on ethyl alcohol content": "",
        **{
            f"on {substance} content": f"{substance} content"
            for substance in (
                "copper", "lead", "magnesium", "manganese", "molybdenum", "silicon", "tungsten", "zinc",
            )
        },
    },
    "on "
)  # fmt: skip

# What a percentage is taken on.
VALUE_BASES = _keyed(
    {
        "": "",
        "on the entire set": "entire set",
        "on the full value of the imported article": "full value of the imported article",
        "of the fair retail value": "fair retail value",
        "of the cost of such goods or repairs": "cost of such goods or repairs",
        "of the cost of such parts or materials": "cost of such parts or materials",
        "of the cost of such parts": "cost of such parts",
        "on the value of the telescopic sight, if any": "telescopic sight",
        **{
            f"{lead} {part}": part
            for lead in ("on the", "on", "on the value of the")
            for part in (
                "apparatus", "battery", "case", "case and strap, band or bracelet", "movement",
                "movement and case", "rifle", "strap, band or bracelet", "telescopic sight",
            )
        },
        **{
            f"{lead} the value of the {content} content": f"{content} content"
            for lead in ("on", "upon")
            for content in ("aluminum", "copper", "lead", "non-U.S.", "steel")
        },
    },
    "on the value of the "
)  # fmt: skip

# Bare references: whoever prices the line has to find the rate where the text points.
REFERENCES = re.compile(
    r"see .*"
    r"|the rate(?: of duty)? applicable,? (?:to|in) .*"
    r"|the (?:duty )?rate provided for (?:originating|beneficiary) .*",
    re.IGNORECASE,
)

# Parts of watch and clock movements, 9110.90.40 and 9114.90.
PLATES = "consisting in part of a plate or a set of plates"
MOVEMENT_DUTY = "the duty for the complete movement"

# Whole texts whose meaning no grammar of numbers carries, in chapter 98.
LIKE_ARTICLES = "the duty upon the importation of like articles not previously exported"
LIKE_ARTICLES_TAX = (
    "internal-revenue tax imposed upon the importation of like articles not previously exported"
)
DRAWBACK = "any customs drawback proved to have been allowed upon such exportation"
AIRCRAFT_DUTY = (
    "the duty which would have been payable on any articles used in the manufacture or production of such "
    "aircraft had they not been entered and exported under heading 9813.00.05"
)
ENTRY_TAX = (
    "any internal-revenue tax imposed, at the time such article is entered, upon the importation of like "
    "articles not previously exported"
)
AIRCRAFT = squeeze(
    "A duty equal to the duty upon the importation of like articles not previously exported, but in no case "
    f"in excess of the sum of (a) {DRAWBACK}, and (b) {AIRCRAFT_DUTY}"
)
RETURNED = squeeze(
    "A duty (in lieu of any other duty or tax) equal to the sum of any duty and internal-revenue tax imposed "
    "upon the importation of like articles not previously exported, but in no case in excess of the sum of "
    f"(a) {DRAWBACK} of the article, and (b) {ENTRY_TAX}"
)
