"""Who somebody is."""

from enum import IntEnum


class Role(IntEnum):
    """Each may see all that those before it may."""

    ANYBODY = 0
    # Figures, and the names of processes.
    VIEWER = 1
    # Also command lines, and other people's files and sockets.
    ADMIN = 2

    @property
    def word(self) -> str:
        """As in files and flags."""
        return self.name.lower()


# Whom a password or a token may make of somebody.
ROLES = {role.word: role for role in (Role.VIEWER, Role.ADMIN)}
