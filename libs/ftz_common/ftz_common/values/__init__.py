"""Exact numbers, names of streams, derived ids, legal calendars. Standard library only."""
