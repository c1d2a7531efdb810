from __future__ import annotations

from typing import Literal

# Who may post: `open`, everyone; `first`, everyone, but a browser's messages wait until one of them
# was approved; `all`, everyone, and each message waits; `closed`, nobody.
Mode = Literal["open", "first", "all", "closed"]
