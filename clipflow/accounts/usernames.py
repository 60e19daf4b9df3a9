"""Names that people sign in with beside their address."""

import re

# What a page, a route or somebody who runs the server could be taken for.
RESERVED = frozenset(
    [
        "account",
        "accounts",
        "admin",
        "administrator",
        "api",
        "app",
        "clipflow",
        "guest",
        "help",
        "invitation",
        "invitations",
        "login",
        "logout",
        "me",
        "null",
        "postmaster",
        "project",
        "projects",
        "register",
        "root",
        "security",
        "settings",
        "setup",
        "sign-in",
        "sign-out",
        "staff",
        "support",
        "system",
        "team",
        "teams",
        "undefined",
        "user",
        "users",
        "webmaster",
        "worker",
    ]
)
PATTERN = re.compile(r"[a-z0-9](?:[a-z0-9._-]{1,28})[a-z0-9]\Z")


def canonical_username(text: str) -> str:
    """A user name as it is kept and compared."""
    return text.strip().casefold()


def fault_of_username(username: str) -> str | None:
    """What is wrong with a user name in its canonical form, as a sentence; None for one that will do."""
    if not PATTERN.match(username):
        return "A user name has 3 to 30 of a-z, 0-9, dot, underscore and hyphen, and begins and ends with a-z or 0-9."
    if username in RESERVED:
        return "This user name is reserved; take another one."
    return None
