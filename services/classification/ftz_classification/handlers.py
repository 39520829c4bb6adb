"""What classification does about each fact it hears and each event it claims."""

from ftz_classification.usecases import UseCases
from ftz_common.contracts.admissions import ClassificationRequested
from ftz_common.contracts.platform import PartPublished
from ftz_common.flow.aggregate import Arms


def arms(cases: UseCases) -> Arms:
    """The table of contents."""
    return Arms(
        facts={ClassificationRequested: cases.requested},
        foreign={PartPublished: cases.published},
    )
