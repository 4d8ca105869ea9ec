"""Who asks, for a service's records, where nobody says."""

import getpass

UNKNOWN_OPERATOR = "unknown"


def user_name() -> str:
    """Who asks, as this machine knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have a number and no name
        return UNKNOWN_OPERATOR
