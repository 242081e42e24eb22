"""The tables of the docs, made from the code's own, so that the two cannot differ."""
