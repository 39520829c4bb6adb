"""Every row but the archive's own: made from one envelope, so that it can be made again and compared."""

from typing import Any, NamedTuple

from ftz_common.contracts import table
from ftz_common.contracts.envelope import Envelope
from ftz_common.store.port import StoreRow
from ftz_reporting.domain.index import name_key, names, references
from ftz_reporting.domain.viewed import rows
from ftz_reporting.views import tables
from ftz_reporting.views.tables import INDEX, NAMES, VIEWS


class Derived(NamedTuple):
    """A row with its table."""

    table: str
    row: StoreRow


def fact_of(envelope: Envelope) -> Any:
    """The fact in an envelope; raises KeyError for an unknown type, msgspec's errors for other data."""
    return table.decoder(envelope.type).decode(envelope.data)


def derived(envelope: Envelope, key: str) -> list[Derived]:
    """The rows that an envelope at the place `key` makes; raises what `fact_of` raises."""
    fact = fact_of(envelope)
    row = table.BY_TYPE[envelope.type]
    made = [Derived(VIEWS, StoreRow(v.key, tables.encode(v.body))) for v in rows(fact, envelope)]
    if row.references:
        body = envelope.type.encode()
        made += [
            Derived(INDEX, StoreRow(f"{to} {key}", body)) for to in references(row, fact, envelope.stream)
        ]
    for what, name in names(fact):
        made.append(Derived(NAMES, StoreRow(f"{name_key(name)} {key}", what.encode())))
    return made
