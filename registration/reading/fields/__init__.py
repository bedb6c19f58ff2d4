"""The door for displacement fields of other tools: one file of any accepted format, placed on a fixed scan."""

from registration.reading.fields.file import FieldFile, ReadField
from registration.reading.fields.kind import holds_field
from registration.reading.fields.read import open_field, placed, read_field

__all__ = ["FieldFile", "ReadField", "holds_field", "open_field", "placed", "read_field"]
