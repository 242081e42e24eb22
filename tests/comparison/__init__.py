"""Our payloads beside those of Meta's own libraries, and why they differ where they do.

The libraries are dev dependencies under Meta's platform licence: they are run here and in bench,
nothing of them is copied or shipped.
"""
