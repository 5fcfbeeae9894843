"""What a user did that cannot work, said once and clearly.

Every mistake a user can make becomes one ``FtevalsError`` whose text says what is wrong, where,
what would be valid and what to do. The plugin turns it into a usage error, a collection error or a
failed set-up; nobody ever sees a traceback of ours for it.
"""


class FtevalsError(Exception):
    """A user's mistake or an unmet precondition, worded for the user."""

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        """Compose the message ``where: what. fix``; `where` names a file, row, option or test."""
        message = f"{where}: {what}" if where else what
        super().__init__(f"{message}\n  {fix}" if fix else message)


class OutOfMemoryError(FtevalsError):
    """A batch did not fit into the device's memory; a smaller one may."""
