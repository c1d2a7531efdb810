"""What newcomers do for nothing in a minute. Beyond that, each further one costs a step."""

from __future__ import annotations

from typing import NamedTuple


class Budget(NamedTuple):
    """Shares of `wall.free_posts_per_minute`, so that one setting moves all of them.

    Attributes:
        act: what is counted, each act by itself.
        browser: of one key. Less than that of an address, so that one browser does not use up what
            its neighbours do for nothing.
        address: of an IPv4 address, or of the first 64 bits of an IPv6 address.
        network: of 256 IPv4 addresses, or of the first 48 bits of an IPv6 address.
        wall: of all together; None for no limit.
        work: how hard the work is, compared with that for a message.
        may_wait: whether it may wait for the owner instead.
    """

    act: str
    browser: float
    address: float
    network: float
    wall: float | None = None
    work: float = 1
    may_wait: bool = False


# Nobody types ten messages in a minute. Of a network: five schools whose bells ring at once. The
# messages of all together are counted by the brake.
MESSAGE = Budget("message", browser=1 / 3, address=1, network=5, may_wait=True)
# One is a touch of a button, so there are more of them, and each costs less.
REACTION = Budget("reaction", browser=1, address=2, network=10, wall=20, work=1 / 4)
# They are rare, and six of newcomers are enough to make a message wait.
REPORT = Budget("report", browser=1 / 6, address=1 / 3, network=1, wall=2)
