"""HTTP of duty."""

from ftz_duty.api.routes import router

__all__ = ["router"]
