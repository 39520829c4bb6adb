"""What the estimator knows of coming rates: it holds what is on hand, so it says what changes for it."""

from collections.abc import Iterable, Sequence

from ftz_common.contracts.common import Noted
from ftz_common.contracts.duty import EstimateLine
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.inventory import LayerOpened
from ftz_duty.domain import rate_change
from ftz_duty.domain.estimate_state import EstimatorState, Stock
from ftz_duty.domain.goods_key import goods_key, key_parts
from ftz_duty.domain.rate_change import Ahead, Held, LookAhead, OnHand


def filed_on(layer: LayerOpened) -> str:
    """The PF filing date of a privileged layer, "" of others."""
    return layer.pf_filed_on or "" if layer.status == "P" else ""


def comes_with(
    state: EstimatorState, key: str, layer: LayerOpened, ahead: tuple[Ahead, ...], timezone: str
) -> Sequence[Fact]:
    """Changes that are known already of the rate of goods that come."""
    if not ahead:
        return []
    before = state.stock.get(key, Stock())
    stock = OnHand(before.quantity + layer.quantity, before.value + layer.value)
    return rate_change.said(ahead, state.ahead, {each.goods: stock for each in ahead}, timezone)


def gone_with(state: EstimatorState, lines: Iterable[EstimateLine]) -> Sequence[Fact]:
    """Nothing is left of some goods: what was said of their rates is of no interest any more."""
    if not state.ahead:
        return []
    left = {key: stock.quantity for key, stock in state.stock.items()}
    touched: dict[str, bool] = {}
    for line in lines:
        key = goods_key(line)
        left[key] = left.get(key, Stock().quantity) - line.quantity
        touched[key] = True
    out = [held for key in touched if not left[key] for held in _held(key)]
    return rate_change.gone(state.ahead, out) if out else []


def look_ahead(state: EstimatorState, command: LookAhead) -> Sequence[Fact]:
    """A revision or a set of measures was loaded: what changes for goods on hand, and what no longer does."""
    if state.settings is None:
        return [Noted(why="nothing was ever on hand")]
    on_hand = {
        each: OnHand(stock.quantity, stock.value)
        for key, stock in state.stock.items()
        for each in _held(key, state.filed.get(key, ()))
    }
    facts = [
        *rate_change.unsaid(command, state.ahead),
        *rate_change.said(command.found, state.ahead, on_hand, state.settings.timezone),
    ]
    return facts or [Noted(why="no rate changes for goods on hand that was not said")]


def held(state: EstimatorState) -> list[Held]:
    """Goods on hand, apart by what decides their rate."""
    return [each for key in sorted(state.stock) for each in _held(key, state.filed.get(key, ()))]


def _held(key: str, filed: Sequence[str] = ()) -> list[Held]:
    number, status, origin, unit = key_parts(key)
    return [Held(number, status, origin, unit, on) for on in (filed or ("",))]
