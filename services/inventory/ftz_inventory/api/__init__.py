"""HTTP of inventory."""

from ftz_inventory.api.routes import router

__all__ = ["router"]
