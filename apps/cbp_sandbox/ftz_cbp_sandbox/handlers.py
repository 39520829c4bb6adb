"""What the simulated CBP does about each fact it hears."""

from ftz_cbp_sandbox.usecases import UseCases
from ftz_common.contracts.filing import FilingRequested
from ftz_common.flow.aggregate import Arms


def arms(cases: UseCases) -> Arms:
    """The table of contents."""
    return Arms(facts={FilingRequested: cases.filing_requested})
