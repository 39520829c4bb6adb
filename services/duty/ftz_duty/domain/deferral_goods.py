"""What duty is assessed on when goods changed in a zone go to Canada or Mexico (19 CFR 181.53(b)(4))."""

from collections.abc import Sequence

from msgspec.structs import replace

from ftz_common.contracts.deferral import DeferralLineOffered
from ftz_common.contracts.duty import PricedPiece, TakenBack
from ftz_common.contracts.inventory import Drawn, DrawReversed, Piece
from ftz_common.values.exact import PLACES_MAX, share
from ftz_duty.domain.goods_key import ENTERABLE, deferral_stream
from ftz_duty.domain.made_goods import parts_of
from ftz_duty.domain.removal_settings import RemovalSettings

#: Where the date of exportation is a date of importation (19 CFR 181.53(a)(1)(i)).
PARTNERS = frozenset({"CA", "MX"})


def assessable(piece: Piece) -> list[PricedPiece]:
    """The goods as they leave; of made goods, their foreign content, as on an entry for consumption.

    Non-privileged content is assessed as the article that leaves, on the value of that content; privileged
    content at its own number and filing date, on the quantity used (19 CFR 146.65, 181.53(b)(4)(i), (ii)).
    """
    return [
        _line(part) for part, counts in parts_of([piece]) if counts != "cover" and part.status in ENTERABLE
    ]


def _line(part: Piece) -> PricedPiece:
    return PricedPiece(
        layer=part.layer,
        admission_number=part.admission_number,
        admission_line=part.admission_line,
        status=part.status,
        pf_filed_on=part.pf_filed_on,
        origin=part.origin,
        number=part.number,
        revision=part.revision,
        decision=part.decision,
        quantity=part.quantity,
        unit=part.unit,
        value=part.value,
        rate_text="",
        rate_from="",
        duty=None,
        measures=part.measures,
    )


def deferral_of(drawn: Drawn) -> str:
    """The stream that follows foreign goods for Canada or Mexico; "" for others."""
    if drawn.destination_country not in PARTNERS or drawn.disposition != "export":
        return ""
    foreign = any(piece.status in ENTERABLE for piece in drawn.pieces)
    return deferral_stream(drawn.order, drawn.parcel) if foreign else ""


def deferral_line(
    of: Drawn | DrawReversed,
    to: str,
    settings: RemovalSettings,
    pieces: Sequence[Piece],
    *,
    reversed_: bool = False,
) -> DeferralLineOffered:
    """What left for Canada or Mexico, or did not after all."""
    left = isinstance(of, Drawn)
    return DeferralLineOffered(
        to=to,
        withdrawal=of.withdrawal,
        order=of.order,
        parcel=of.parcel if left else "",
        country="MX" if left and of.destination_country == "MX" else "CA",
        removed_on=of.removed_on if left else "",
        changed=any(piece.contents for piece in pieces),
        pieces=[each for piece in pieces for each in assessable(piece)],
        zone=of.zone,
        account=of.account,
        timezone=settings.timezone,
        filer=settings.filer,
        importer_of_record=settings.importer_of_record,
        port=settings.port,
        closures=list(settings.closures),
        reversed=reversed_,
    )


def part_of(piece: Piece, taken: TakenBack) -> Piece:
    """A part of a piece, with its share of what it contains."""
    contents = [
        replace(
            content,
            quantity=share(content.quantity, taken.quantity, piece.quantity, PLACES_MAX),
            value=share(content.value, taken.quantity, piece.quantity, PLACES_MAX),
        )
        for content in piece.contents
    ]
    return replace(piece, quantity=taken.quantity, value=taken.value, contents=contents)
