"""How a cause becomes a commit and a commit becomes known: deciders, journal, consumers, deadlines."""
