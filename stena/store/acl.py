"""Access control lists of folders, as Linux keeps them."""

from __future__ import annotations

import errno
import os
import struct
import sys
from typing import NamedTuple

ATTRIBUTE = "system.posix_acl_access"
VERSION = struct.pack("<I", 2)
ENTRY = struct.Struct("<HHI")
OWNER, USER, OWNING_GROUP, GROUP, MASK, OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
# The mask limits the rights of these.
MASKED = {USER, OWNING_GROUP, GROUP}
UNNAMED = 0xFFFFFFFF
SEARCH = 1


class Entry(NamedTuple):
    """The rights of one user or group, in the order of the binary form.

    Attributes:
        tag: OWNER, USER and so on.
        rights: read 4, write 2, search 1.
        holder: the id of a USER or a GROUP, else UNNAMED.
    """

    tag: int
    rights: int
    holder: int = UNNAMED


def let_search(folder: int, user: int) -> bool:
    """Let a user traverse (not list) an open folder. Returns whether that changed its list.

    Raises:
        OSError: with ENOTSUP where the file system keeps no lists.
    """
    entries = _read(folder)
    mask = _mask(entries)
    if any(one[::2] == (USER, user) and one.rights & mask & SEARCH for one in entries):
        return False
    # The mask has to admit SEARCH. Nobody else gains it: it is dropped where the mask withheld it.
    kept = [
        one._replace(rights=one.rights & (mask | ~SEARCH)) if one.tag in MASKED else one
        for one in entries
        if one.tag != MASK and one[::2] != (USER, user)
    ]
    _write(folder, [*kept, Entry(USER, SEARCH, user), Entry(MASK, mask | SEARCH)])
    return True


def forget(folder: int, user: int) -> None:
    """Take back what let_search gave. A folder without a list of its own has its mode again."""
    entries = _read(folder)
    mask = _mask(entries)
    kept = [one for one in entries if one.tag != MASK and one != Entry(USER, SEARCH, user)]
    if not any(one.tag in {USER, GROUP} for one in kept):
        # Three entries are a mode.
        kept = [
            one._replace(rights=one.rights & mask) if one.tag == OWNING_GROUP else one
            for one in kept
        ]
    else:
        if not any(one.rights & SEARCH for one in kept if one.tag in MASKED):
            mask &= ~SEARCH
        kept.append(Entry(MASK, mask))
    _write(folder, kept)


def _mask(entries: list[Entry]) -> int:
    """What USER, OWNING_GROUP and GROUP may have at most; a mode has one class for all of them."""
    rights = {one.tag: one.rights for one in entries}
    return rights.get(MASK, rights[OWNING_GROUP])


def _read(folder: int) -> list[Entry]:
    """The entries of an open folder: those of its mode if it has no list."""
    if sys.platform != "linux":
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    try:
        stored = os.getxattr(folder, ATTRIBUTE)
    except OSError as error:
        if error.errno != errno.ENODATA:
            raise
        mode = os.fstat(folder).st_mode
        return [
            Entry(OWNER, mode >> 6 & 7),
            Entry(OWNING_GROUP, mode >> 3 & 7),
            Entry(OTHER, mode & 7),
        ]
    return [Entry(*one) for one in ENTRY.iter_unpack(stored[len(VERSION) :])]


def _write(folder: int, entries: list[Entry]) -> None:
    # The kernel refuses tags in another order.
    ordered = sorted(entries, key=lambda one: (one.tag, one.holder))
    os.setxattr(folder, ATTRIBUTE, VERSION + b"".join(ENTRY.pack(*one) for one in ordered))
