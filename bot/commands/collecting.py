"""Python's garbage collector in a process that lives long and works in batches."""

import gc

# Python looks after 700 new objects, and a batch of a hundred emails makes many times as many; next to none of them
# refer to each other in a circle, which is all the collector is for. Of an email's way out it took a sixth.
_NEW_OBJECTS = 20_000


def settle() -> None:
    """What is loaded by now stays to the end: it is not walked through any more, and the rest less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 10, 10)
