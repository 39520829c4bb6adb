"""What a fact is, and the row that promises it."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Literal, get_type_hints

import msgspec

from ftz_common.values.exact import is_storable, plain


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of a fact (a line, an address). Decimal fields are checked for range when made."""

    _decimals: ClassVar[tuple[str, ...] | None] = None

    def __post_init__(self) -> None:
        cls = type(self)
        names = cls.__dict__.get("_decimals")
        if names is None:
            hints = get_type_hints(cls)
            names = tuple(n for n in self.__struct_fields__ if _holds_decimal(hints[n]))
            cls._decimals = names
        for name in names:
            value = getattr(self, name)
            if value is None:
                continue
            text = str(value)
            if len(text) <= _SHORT and "E" not in text and "N" not in text and "I" not in text:
                continue
            if not is_storable(value):
                raise ValueError(f"{cls.__name__}.{name}: {value} is not a number that can be stored exactly")
            msgspec.structs.force_setattr(self, name, Decimal(plain(value)))


#: A number of so few characters has at most nine decimals. One with the letters of an exponent, of NaN or
#: Infinity is brought to plain notation or refused.
_SHORT = 10


def _holds_decimal(hint: object) -> bool:
    return hint is Decimal or Decimal in getattr(hint, "__args__", ())


class Fact(Part, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened: what `decide` returns, the journal keeps and the topic carries."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that said no. A value, never an exception: journaled, published, answered."""

    code: str  #: stable, kebab-case: "pf-required"
    reason: str  #: what is wrong, with the values
    citation: str  #: the rule: "19 CFR 146.63(c)(1)", or "policy: ..." for the operator's own
    remedy: str  #: what to do instead
    place: str = ""  #: where: "lines[2].quantity"


Owner = Literal[
    "platform", "admissions", "classification", "inventory", "duty", "reporting", "alerts", "cbp", "flow"
]
KeyOf = Callable[[Any, str], str]


def own_stream(_fact: Any, stream: str) -> str:
    """Keyed by the stream that holds the fact: sequenced."""
    return stream


@dataclass(frozen=True, slots=True)
class Row:
    """One promise of the contract table: this fact, from this owner, on this topic, under this key."""

    fact: type[Fact]
    type: str  #: CloudEvents type: ftz.<service>.<noun>.<past-verb>.v<major>
    owner: Owner
    topic: str  #: a topic name; "{source}" stands for a registered source
    heard_by: tuple[str, ...]  #: services with an arm for it; every other subscriber of the topic ignores it
    key: KeyOf = own_stream
    public: bool = True  #: promised within a major; else internal to the owner
    references: tuple[str, ...] = ()  #: fields that name another stream
    deadline: bool = False  #: has `due_at`: the due index fires it back at its stream

    @property
    def sequenced(self) -> bool:
        """Keyed by its own stream: consumers can see seen, next and gap."""
        return self.key is own_stream


def keyed_by(field: str) -> KeyOf:
    """Keyed by the stream that a field of the fact names (a command, a request, a reply)."""

    def key(fact: Any, _stream: str) -> str:
        return getattr(fact, field)

    return key
