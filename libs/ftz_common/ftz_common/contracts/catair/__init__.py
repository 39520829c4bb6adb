"""CATAIR: the fixed-column records in which CBP takes an admission (FT), a release (SE), a summary (AE)."""
