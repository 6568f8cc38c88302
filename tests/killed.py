"""A process that is killed while it works."""

import os


def killed_in(work):
    """Run a child process that ends at once inside `work`, a context manager, without tidying up."""
    if (child := os.fork()) == 0:
        try:
            with work:
                os._exit(9)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
