"""How values stand in our addresses."""

from werkzeug.routing import IntegerConverter, ValidationError

from app.lib.row_ids import LARGEST_ID


class RowId(IntegerConverter):
    """`<int:…>` in a route: what no row can have as its id is no address of ours, and not for the database to stumble over."""

    def to_python(self, value: str) -> int:
        """The id; anything larger than any fits no route."""
        number = int(super().to_python(value))
        if number > LARGEST_ID:
            raise ValidationError
        return number
