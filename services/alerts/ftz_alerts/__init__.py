"""What is about to go wrong: raised once, in a sentence a person can act on, resolved when cured."""
