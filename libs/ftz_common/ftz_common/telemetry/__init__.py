"""Logs, traces and metrics: correlation on every record and line, counters once per batch."""
