"""The ingest protocols: each module here names its paths in `ENDPOINTS`, and needs no more."""
