"""What was decided about the columns of a table, to be read by people and by programs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ColumnReport:
    """One column: its name, its kind (or why it is left out), how many inputs of the network it became, and a note."""

    name: str | int
    kind: str
    n_inputs: int
    note: str = ""


class ColumnReports(tuple[ColumnReport, ...]):
    """All columns in the order of the table; prints as a table.

    Examples
    --------
    >>> ColumnReports([ColumnReport("age", "number", 2, "3 gaps"), ColumnReport("id", "identifier", 0)])
    column  kind        inputs  note
    age     number           2  3 gaps
    id      identifier       0
    """

    __slots__ = ()

    def __repr__(self) -> str:
        rows = [("column", "kind", "inputs", "note")]
        rows += [(str(one.name), one.kind, str(one.n_inputs), one.note) for one in self]
        name, kind, inputs = (max(len(row[place]) for row in rows) for place in range(3))
        lines = [f"{row[0]:<{name}}  {row[1]:<{kind}}  {row[2]:>{inputs}}  {row[3]}".rstrip() for row in rows]
        return "\n".join(lines)
