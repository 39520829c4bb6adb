"""CATAIR: the fixed-column records in which CBP takes an admission (e214). Data and codec, no rule."""
