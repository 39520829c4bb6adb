"""Work that a fact starts outside the streams: proposals of the engine, the look at a new revision."""
