"""JavaScript that people write: run outside this process, fenced in, ended at a deadline.

Custom code of a rule is somebody else's program. It runs in a process of its own that has no
files, no network and no other processes, in a JavaScript engine without a clock or randomness of
its own, with bounded memory and time. What it does wrong fails its component, and nothing else.
"""
