"""What duty is assessed on when goods changed in a zone go to Canada or Mexico (19 CFR 181.53(b)(4))."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from ftz_common.contracts.deferral import DeferralLineOffered
from ftz_common.contracts.duty import PricedPiece, TakenBack
from ftz_common.contracts.inventory import Content, Drawn, DrawReversed, Piece
from ftz_common.values.exact import PLACES_MAX, ZERO, share
from ftz_duty.domain.goods_key import ENTERABLE, deferral_stream
from ftz_duty.domain.removal_settings import RemovalSettings

#: Where the date of exportation is a date of importation (19 CFR 181.53(a)(1)(i)).
PARTNERS = frozenset({"CA", "MX"})


def assessable(piece: Piece) -> list[PricedPiece]:
    """The goods as they leave; of made goods, their foreign content.

    Non-privileged content is assessed as the article that leaves, on the value of that content; privileged
    content at its own number and filing date, on the quantity used (19 CFR 146.65, 181.53(b)(4)(i), (ii)).
    """
    if piece.status not in ENTERABLE:
        return []
    if not piece.contents:
        return [_as_it_is(piece)]
    found = [_privileged(piece, content) for content in piece.contents if content.status == "P"]
    other = sum((content.value for content in piece.contents if content.status == "N"), ZERO)
    return [*found, _article(piece, other)] if other else found


def _as_it_is(piece: Piece) -> PricedPiece:
    return PricedPiece(
        layer=piece.layer,
        admission_number=piece.admission_number,
        admission_line=piece.admission_line,
        status=piece.status,
        pf_filed_on=piece.pf_filed_on,
        origin=piece.origin,
        number=piece.number,
        revision=piece.revision,
        decision=piece.decision,
        quantity=piece.quantity,
        unit=piece.unit,
        value=piece.value,
        rate_text="",
        rate_from="",
        duty=None,
        measures=piece.measures,
    )


def _privileged(piece: Piece, content: Content) -> PricedPiece:
    return PricedPiece(
        layer=f"{piece.layer}<{content.layer}",
        admission_number=content.admission_number,
        admission_line=content.admission_line,
        status="P",
        pf_filed_on=content.pf_filed_on,
        origin=content.origin,
        number=content.number,
        revision=content.revision,
        decision=content.decision,
        quantity=content.quantity,
        unit=content.unit,
        value=content.value,
        rate_text="",
        rate_from="",
        duty=None,
        measures=content.measures,
    )


def _article(piece: Piece, value: Decimal) -> PricedPiece:
    return PricedPiece(
        layer=piece.layer,
        admission_number=piece.admission_number,
        admission_line=piece.admission_line,
        status="N",
        origin=piece.origin,
        number=piece.number,
        revision=piece.revision,
        decision=piece.decision,
        quantity=piece.quantity,
        unit=piece.unit,
        value=value,
        rate_text="",
        rate_from="",
        duty=None,
        measures=piece.measures,
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
