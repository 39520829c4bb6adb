"""The vocabulary: facts, envelopes, commits, and the one table of who says what to whom."""
