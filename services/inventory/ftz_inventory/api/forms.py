"""What people send to inventory: movements of goods and permits."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ftz_common.contracts.movements import Activity

#: A quantity or amount as it is told.
Exact = Annotated[str, Field(examples=["12", "0.5"], description="Plain notation, exact")]
Quantity = Annotated[str, Field(pattern=r"^[0-9]{1,18}(\.[0-9]{1,6})?$", examples=["12", "0.5"])]
Id = Annotated[str, Field(min_length=1, max_length=128)]
Text = Annotated[str, Field(max_length=2000)]


class Form(BaseModel):
    """Unknown fields are refused: a slip of the key must not be lost."""

    model_config = ConfigDict(extra="forbid")


class Account(Form):
    """Whose goods, in which zone."""

    zone: Id
    account: Id


class Goods(Account):
    """Which goods. Without layer, lot or status the account's inventory method chooses."""

    uin: Id
    quantity: Quantity
    unit: Id
    layer: str = Field("", description="Direct identification: the layer itself")
    on_hold: str = Field("", description="Goods that stand on this hold; nothing else takes those")
    lot: str = Field("", description="Zone lot; of FIFO goods their 214 number and line, 999-26-000001/1")
    status: Literal["", "P", "N", "D", "Z"] = ""
    origin: str = ""
    location: str = ""


class Movement(Goods):
    """What every movement says. The id is the sender's own: the same again changes nothing."""

    movement: Id
    at: AwareDatetime
    who: Id
    reason: Text = ""
    reference: str = Field("", max_length=200, description="The paper or record that it rests on")
    approved_by: str = ""


class Relocation(Movement):
    """To another place in the site (19 CFR 146.23(b)(1))."""

    destination: Id


class Hold(Movement):
    """On or off hold, for instance detained goods: apart, and drawn only by name."""

    hold: Id


class StatusChange(Movement):
    """To another zone status (19 CFR 146.41, 146.42, 146.44). `reference`: the 214 or the order."""

    new_status: Literal["P", "N", "D", "Z"]
    cause: Literal["election", "board-order", "identity-lost", "entry-cancelled", "never-entered"] = (
        "election"
    )
    authorisation: str = ""
    filed_on: date | None = Field(None, description="For P: day on which the complete application was filed")
    number: str = Field("", pattern="^([0-9]{8}|[0-9]{10})?$", description="For P: default is the layer's")
    revision: str = ""
    decision: str = ""


class TemporaryRemoval(Movement):
    """Out of the zone for a time under a CBP 216."""

    destination: Id
    due_on: date
    permit: str = ""


class ZoneTransfer(Movement):
    """To another zone (19 CFR 146.66). `at`: delivered to the carrier; `reference`: the I.T. number."""

    destination: Id


class ResidueForm(Form):
    """Goods that are left: non-privileged foreign, worth the price paid for them (19 CFR 146.65(b)(2))."""

    uin: Id
    quantity: Quantity
    unit: Id
    value: Quantity
    number: str = Field(pattern="^([0-9]{8}|[0-9]{10})$")
    revision: Id
    origin: str = ""


class Destruction(Movement):
    """Destroyed under a CBP 216 (19 CFR 146.52); `residue`: what of it is worth something."""

    permit: str = ""
    residue: ResidueForm | None = None


class Waste(Movement):
    """Scrap or waste: irrecoverable, or with `residue` recoverable (19 CFR 146.42(b))."""

    permit: str = ""
    residue: ResidueForm | None = None
    casualty: bool = Field(
        False, description="By fire or breakage, not by work on the goods: privileged goods stay privileged"
    )


class Adjustment(Movement):
    """The book was wrong. `found`: there is more of `layer`, and its papers say so."""

    found: bool = False
    value: Quantity | None = Field(None, description="USD, of what was found; default: the layer's share")
    corrects: str = ""


class Back(Account):
    """Goods of a temporary removal are back; without quantity, all that is out."""

    uin: Id
    back: Id
    quantity: Quantity | None = None
    at: AwareDatetime
    who: Id


class Reversal(Account):
    """The movement did not happen."""

    uin: Id
    at: AwareDatetime
    who: Id
    reason: Id
    approved_by: Id


class History(Account):
    """The history was sent to the receiving operator (19 CFR 146.66(c)(5))."""

    uin: Id
    sent_at: AwareDatetime
    who: Id


class TravelledForm(Form):
    """A layer as the sending zone's history states it; value of the whole quantity, USD."""

    quantity: Quantity
    unit: Id
    value: Quantity
    status: Literal["P", "N", "D", "Z"]
    pf_filed_on: date | None = None
    origin: str = Field(pattern="^[A-Z]{2}$")
    number: str = Field(pattern="^([0-9]{8}|[0-9]{10})$")
    revision: Id
    decision: str = ""
    lot: str = ""


class Reception(Account):
    """Goods from another zone, admitted here on a 214 (19 CFR 146.66(d))."""

    uin: Id
    movement: Id
    at: AwareDatetime
    who: Id
    admission: str = ""
    admission_number: Id
    from_zone: Id
    layers: list[TravelledForm] = Field(min_length=1, max_length=999)


class Overage(Account):
    """Goods are there that the book does not have (19 CFR 146.53)."""

    uin: Id
    overage: Id
    quantity: Quantity
    unit: Id
    found_on: date
    who: Id
    reference: str = ""


class OverageOver(Account):
    """A 214 or an entry was filed for it, it went to general order, or it was none."""

    uin: Id
    how: Literal["admitted", "entered", "general-order", "explained"]
    reference: Id
    who: Id


class Permit(Account):
    """A CBP 216 that CBP approved; blanket at most a year (19 CFR 146.52(b)(2))."""

    activities: list[Activity] = Field(min_length=1)
    blanket: bool = False
    valid_from: date
    valid_to: date
    description: Id
    uins: list[str] = Field(default_factory=list[str])
    quantity_max: Quantity | None = None
    granted_on: date
    who: Id


class Revocation(Account):
    """The port director revoked a permit."""

    revoked_on: date
    reason: Id
    who: Id
