"""The e214 of a 214: what holds a filing that goes to CBP as a file (CATAIR e214)."""

from ftz_admissions.domain.limits import named
from ftz_common.contracts.admissions import Hold
from ftz_common.contracts.catair.admission import e214_of
from ftz_common.contracts.filing import FilingRequested

CODE = "e214-incomplete"


def holds(filing: FilingRequested) -> list[Hold]:
    """Nothing is sent that the record layouts refuse: what is missing or does not fit, by record and field.

    The layouts are those of CATAIR e214; what a 214 must say is 19 CFR 146.32(a).
    """
    problems = e214_of(filing).problems
    if not problems:
        return []
    return [
        Hold(
            code=CODE,
            reason=named([str(problem) for problem in problems], "; "),
            citation="19 CFR 146.32(a); CATAIR e214",
            remedy="announce the shipment again with what is missing; zone, operator and site: zone.yaml",
        )
    ]
