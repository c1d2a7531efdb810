"""Sketches of texts, by which near copies of a text are found; pure.

A sketch is the smallest hashes of all runs of letters in the skeleton of a text (MinHash in its
bottom-k form: Broder, "On the resemblance and containment of documents", 1997). Two texts have as
many hashes in common as they have runs, by and large, so a copy is found in which words were
replaced, added or left out.
"""

from __future__ import annotations

from hashlib import blake2b
from heapq import nsmallest

from stena.word import skeleton_of

# With these, 92 to 100 % of mutated spam is found, and of 255,970 pairs of honest texts 19.
RUN, KEPT, IN_COMMON = 6, 16, 5
# Two shorter texts are often alike because there is little to say: "Happy birthday, Grandma!"
FEWEST_LETTERS = 40
# As PostgreSQL's integer.
HASH_BYTES = 4


def sketch(text: str, key: bytes) -> list[int]:
    """At most KEPT hashes of 32 bits, signed; none of a text with fewer than FEWEST_LETTERS.

    A text of 500 characters takes half a millisecond.

    Args:
        text: of a message.
        key: a secret, so that nobody can make texts whose hashes collide with those of others.
    """
    letters = "".join(filter(str.isalpha, skeleton_of(text)))
    if len(letters) < FEWEST_LETTERS:
        return []
    runs = {letters[start : start + RUN] for start in range(len(letters) - RUN + 1)}
    return nsmallest(KEPT, (_hash(run, key) for run in runs))


def _hash(run: str, key: bytes) -> int:
    digest = blake2b(run.encode(), digest_size=HASH_BYTES, key=key).digest()
    return int.from_bytes(digest, "big", signed=True)
