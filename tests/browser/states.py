"""Every state in which somebody can find a page, and how to reach it.

The tests of accessibility and `make screenshots` use the same table.
"""

from __future__ import annotations

from tests.browser import states_of_the_team, states_of_visitors

STATES = (*states_of_visitors.STATES, *states_of_the_team.STATES)
