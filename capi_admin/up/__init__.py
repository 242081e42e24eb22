"""`make run`: the whole product on one machine, with its own PostgreSQL and Redis.

Nothing here is imported by the product itself. It prepares what the settings ask for (keys,
servers, ports), so it runs before they can be read, with the small settings beside it.
"""
