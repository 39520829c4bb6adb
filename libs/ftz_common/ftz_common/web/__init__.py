"""HTTP: one FastAPI factory for every service, problems as RFC 9457, commands with idempotency keys."""
