"""What is counted for the defense: what each layer stopped, and whether that was right; pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Layer = Literal[
    "rules",
    "words",
    "bans",
    "copies",
    "gibberish",
    "brake",
    "price",
    "suspicion",
    "reports",
    "classifier",
]
# Of messages: `waited` and `refused`; then `approved`, so the layer was wrong, or `removed`.
# Of the price: how often a step was `asked` for, and messages by how they were paid. Of suspicion:
# why a step was asked for, also in a flood: many messages of one browser, `address` or network, or
# the `trap`. Of the classifier: `marked`.
Outcome = Literal[
    "waited",
    "refused",
    "approved",
    "removed",
    "asked",
    "work",
    "time",
    "question",
    "look",
    "address",
    "trap",
    "marked",
]
Counts: TypeAlias = "Mapping[tuple[Layer, Outcome], int]"

# What is counted for each layer, in the order in which it is shown.
OUTCOMES: dict[Layer, tuple[Outcome, ...]] = {
    "rules": ("waited", "refused", "approved", "removed"),
    "words": ("waited", "refused", "approved", "removed"),
    "bans": ("waited", "refused", "approved", "removed"),
    "copies": ("waited", "approved", "removed"),
    "gibberish": ("waited", "approved", "removed"),
    "brake": ("waited", "approved", "removed"),
    "price": ("asked", "work", "time", "question", "look", "approved", "removed"),
    "suspicion": ("address", "trap"),
    "reports": ("waited", "approved", "removed"),
    "classifier": ("marked", "approved", "removed"),
}
# How long figures are kept; for how many days they are shown on the page.
KEPT_DAYS, SHOWN_DAYS = 90, (1, 7, 30)

# The layer that held a message, by the first word of the reason that is stored with it. The word of
# the list, or the number of the ban, comes after it.
_WAITED: dict[str, Layer] = {
    "first": "rules",
    "all": "rules",
    "links": "rules",
    "word": "words",
    "ban": "bans",
    "address": "bans",
    "network": "bans",
    "wave": "copies",
    "gibberish": "gibberish",
    "brake": "brake",
    "look": "price",
    "reports": "reports",
}
# The layer that refused a message, by the code of the refusal.
REFUSED: dict[str, Layer] = {
    "closed": "rules",
    "closed_until": "rules",
    "conversation_closed": "rules",
    "slow_mode": "rules",
    "word_refused": "words",
    "banned": "bans",
    "address_banned": "bans",
}


def layer_of(why: str | None) -> Layer | None:
    """The layer because of which a message waits; None if that is unknown."""
    return _WAITED.get(why.partition(":")[0].partition(" ")[0]) if why else None


def waited(whys: Iterable[str | None]) -> Counter[tuple[Layer, Outcome]]:
    """The counts for messages that wait for these reasons.

    “Let the owner look” is counted where it is chosen, as a way to pay.
    """
    layers = (layer_of(why) for why in whys)
    return Counter((layer, "waited") for layer in layers if layer and layer != "price")
