"""What a column can be taken for."""

from dataclasses import dataclass

KINDS = ("number", "boolean", "category", "date")  # what a network can learn from
DROP = "drop"  # the user's word for a column to leave out
CHOICES = (*KINDS, DROP)  # what column_kinds may say


@dataclass(frozen=True)
class Choice:
    """What a column is taken for. A kind outside KINDS says why it is left out.

    note : how it was found out. form : how dates are written. doubt : what its owner should check, or nothing.
    """

    name: str | int
    kind: str
    note: str = ""
    form: str = ""
    doubt: str = ""

    @property
    def is_used(self) -> bool:
        """Whether the network sees this column."""
        return self.kind in KINDS
