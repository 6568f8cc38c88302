"""How the people of the clinic are named on pages, in sentences and under signatures."""


def printed_name(user):
    """The name of a user as it is read; the user name of who has none."""
    return user.get_full_name() or user.get_username()
