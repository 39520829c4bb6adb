"""Processes, broker and store killed and frozen while orders flow; then everything is counted."""
