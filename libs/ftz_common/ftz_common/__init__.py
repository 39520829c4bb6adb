"""What the services of ftz share: values, contracts, store, bus, flow, telemetry, web, settings.

No business rule lives here and no query of one service.
"""
