"""State is a cache of facts: it survives a snapshot, and a decision leaves it as it was."""

from copy import deepcopy
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from ftz_admissions.domain.admission_state import Admission
from ftz_admissions.domain.zone import Zone
from ftz_admissions.usecases import ADMISSION
from ftz_common.contracts.fact import Refusal
from ftz_common.flow.snapshots import encode_state, state_digest
from ftz_common.testing.story import Story


def told(make: Any) -> Any:
    desk = make.desk()
    desk.receive((1, 10, "doz"), receipt="R-0", final=False)
    desk.file(make.line(1), make.line(2, uin="CUP", status="P"), documents=[make.invoice])
    desk.arrive()
    desk.answered()
    desk.receive((1, 300), (2, 499), receipt="R-1", at=make.monday + timedelta(minutes=1))
    return desk


def test_states_survive_a_snapshot(make: Any) -> None:
    state = told(make).story.state
    assert state.layers
    assert msgspec.msgpack.decode(encode_state(state), type=Admission) == state
    assert state_digest(Admission) != state_digest(Zone)


def test_folding_the_facts_again_gives_the_same_state(make: Any) -> None:
    desk = told(make)
    again = Story(ADMISSION, make.stream).state
    for fact in desk.story.facts:
        again = ADMISSION.evolve(again, fact)
    assert again == desk.story.state


def test_deciding_leaves_the_state_as_it_was(make: Any) -> None:
    desk = make.desk()
    desk.announce(documents=[])
    commands = [
        desk.announcement(make.line(1, quantity=Decimal(7))),
        desk.classification(),
        desk.cbp(),
        desk.count((1, 3)),
    ]
    for command in commands:
        before = deepcopy(desk.story.state)
        decision = ADMISSION.decide(desk.story.state, command, desk.now)
        assert not isinstance(decision, Refusal)
        assert desk.story.state == before
