"""Rows in the store: the archive of every fact, what it is found by, and the views that reports read."""
