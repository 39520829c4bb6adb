"""Near-identical parts are gathered for a person; what differs in other words is never gathered."""

import pytest

from ftz_classification.domain.likeness import likeness_of
from ftz_common.contracts.classification import PartRecorded
from ftz_common.contracts.common import EventRef


def part(description: str, **attributes: str) -> PartRecorded:
    return PartRecorded(
        account="acme",
        uin="X",
        description=description,
        origin="VN",
        unit="pcs",
        measures=[],
        attributes=attributes,
        facts_digest="d",
        event=EventRef(source="shop", event="e"),
    )


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (part("Porcelain mug, blue, 350 ml"), part("porcelain MUG red 12 oz"), True),
        (part("T-shirt, cotton, XL"), part("cotton T-shirt S"), True),
        (part("mug", material="porcelain"), part("mug", material="stoneware"), False),
        (part("mug", material="porcelain"), part("mug"), False),
        (part("mug", colour="blue"), part("mug", colour="red"), True),
        (part("cotton shirt, knitted"), part("cotton shirt, woven"), False),
        (part("men's shirt"), part("women's shirt"), False),
        (part("mug", watts="20"), part("mug", watts="30"), False),
    ],
)
def test_what_is_near_identical(one: PartRecorded, other: PartRecorded, alike: bool) -> None:
    assert (likeness_of(one) == likeness_of(other)) is alike


@pytest.mark.parametrize("description", ["", "12345", "🎁", "XL 20 cm"])
def test_what_has_no_words_is_like_nothing(description: str) -> None:
    assert likeness_of(part(description)) == ""
