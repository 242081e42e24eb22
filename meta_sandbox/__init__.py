"""A strict local stand-in for Meta's events endpoint.

It lets people try, demo and test the product with no account, and it is the product's independent
oracle: it imports nothing of the product, so a wrong payload cannot be wrong in the same way twice.
Facts about the API are those of Meta's documentation of September 2026.

Run it with ``uvicorn meta_sandbox.app:app``.
"""
