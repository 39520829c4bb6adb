"""Goods made in the zone, as an entry has them: one line of their own for the foreign content without
privilege, one for each privileged content; domestic content, labour, overhead and profit owe nothing.

Non-privileged content is dutiable in the condition and at the rate of what was made of it, at the price paid
for it (19 CFR 146.65(a)(2), (b)(2)); privileged content keeps number, rate and date of its filing, whatever
was made of it (19 CFR 146.41(e), 146.65(a)(1)).
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Literal

from msgspec.structs import replace

from ftz_common.contracts.inventory import Content, Piece
from ftz_common.values.exact import ZERO

Counts = Literal["both", "cover", "line"]


def parts_of(pieces: Iterable[Piece]) -> list[tuple[Piece, Counts]]:
    """The pieces as lines of an entry hold them: those of made goods with their content apart."""
    found: list[tuple[Piece, Counts]] = []
    for piece in pieces:
        found.extend(_made(piece) if piece.contents else [(piece, "both")])
    return found


def layer_of(made: str, content: str) -> str:
    """The name of a content in an entry: the layer of the made goods, and that of the content."""
    return f"{made}>{content}"


def _made(piece: Piece) -> list[tuple[Piece, Counts]]:
    """The made goods at the value of their non-privileged content, and each privileged content.

    Zone-restricted content makes the whole restricted: it may be entered only when the Board has ruled so.
    """
    by_status: dict[str, list[Content]] = {}
    for content in piece.contents:
        by_status.setdefault(content.status, []).append(content)
    plain = by_status.get("N", [])
    counts: Counts = "both" if plain or "Z" in by_status else "cover"
    status = "Z" if "Z" in by_status else piece.status
    own = replace(
        piece,
        value=_value(plain),
        origin=_origin(plain) or piece.origin,
        status=status if plain or "Z" in by_status else piece.status,
        contents=[],
    )
    # The cover that inventory counts is of the goods as they are in the book, under their own origin.
    if (own.origin, own.status) != (piece.origin, piece.status):
        found: list[tuple[Piece, Counts]] = [
            (replace(piece, value=ZERO, contents=[]), "cover"),
            (replace(own, layer=layer_of(piece.layer, "content")), "line"),
        ]
    else:
        found = [(own, counts)]
    return [*found, *((_content(piece, content), "line") for content in by_status.get("P", []))]


def _value(contents: Sequence[Content]) -> Decimal:
    return sum((content.value for content in contents), ZERO)


def _origin(contents: Sequence[Content]) -> str:
    """The origin of the foreign components with the greatest aggregate value; the first by name of equals."""
    sums: dict[str, Decimal] = {}
    for content in contents:
        sums[content.origin] = sums.get(content.origin, ZERO) + content.value
    return min(sums, key=lambda origin: (-sums[origin], origin), default="")


def _content(made: Piece, content: Content) -> Piece:
    return Piece(
        layer=layer_of(made.layer, content.layer),
        admission=content.admission,
        admission_number=content.admission_number,
        admission_line=content.admission_line,
        admitted_on=content.admitted_on,
        quantity=content.quantity,
        unit=content.unit,
        value=content.value,
        left=ZERO,
        status=content.status,
        pf_filed_on=content.pf_filed_on,
        origin=content.origin,
        number=content.number,
        revision=content.revision,
        decision=content.decision,
        measures=content.measures,
    )
