"""Where goods go decides whether they enter: the customs territory, or abroad."""

from dataclasses import dataclass

from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.inventory import Disposition

_STATES = """AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM
NY NC ND OH OK OR PA PR RI SC SD TN TX UT VT VA WA WV WI WY"""
#: "The States, the District of Columbia, and Puerto Rico" (19 CFR 146.1(b); General Note 2, HTSUS).
CUSTOMS_TERRITORY = frozenset(_STATES.split())
#: American soil outside the customs territory: goods sent there are exported. ISO has each as a country.
POSSESSIONS = frozenset({"AS", "GU", "MP", "UM", "VI"})
#: Freely associated states: the post office lists them as states; they are foreign countries.
ASSOCIATED = frozenset({"FM", "MH", "PW"})
#: Military and diplomatic post: the address does not say in which country the goods come to rest.
MILITARY = frozenset({"AA", "AE", "AP"})

CITATION = "19 CFR 146.1(b) (customs territory; General Note 2, HTSUS)"


@dataclass(frozen=True, slots=True)
class Destination:
    """A disposition and the place it follows from. `state` only inside the customs territory."""

    disposition: Disposition
    country: str
    state: str


def destination_of(country: str, state: str) -> Destination | Refusal:
    """Consumption in the States, DC and Puerto Rico; export anywhere else (19 CFR 146.1(b)).

    `country` is ISO 3166 alpha-2, `state` the postal abbreviation, "" outside the United States. A US
    address without a state is refused: Guam and Puerto Rico differ in whether duty is owed.
    """
    if country == "PR":
        return Destination("consumption", "US", "PR")
    if country != "US":
        return Destination("export", country, "")
    if state in CUSTOMS_TERRITORY:
        return Destination("consumption", "US", state)
    if state in POSSESSIONS or state in ASSOCIATED:
        return Destination("export", state, "")
    return _no_state(state)


def _no_state(state: str) -> Refusal:
    place = "data.destination_state"
    if state in MILITARY:
        return Refusal(
            code="destination-military-post",
            reason=f"{state} is a military or diplomatic post office: the country is not known from it",
            citation=CITATION,
            remedy="Send the country that the post office is in as destination_country, without a state.",
            place=place,
        )
    if not state:
        return Refusal(
            code="destination-state-missing",
            reason="an order to the United States needs its state",
            citation=CITATION,
            remedy="Send destination_state: PR is customs territory, GU, VI, AS and MP are exports.",
            place=place,
        )
    return Refusal(
        code="destination-state-unknown",
        reason=f"{state!r} is no state, district, commonwealth or possession of the United States",
        citation=CITATION,
        remedy="Send the postal abbreviation, such as NJ; for another country send destination_country.",
        place=place,
    )
