"""Tables that people bring (CSV, Excel) as rows with their line numbers, and tables that they take away, safe to open."""

from app.lib.tabular.export import csv_chunks, safe_cells
from app.lib.tabular.records import MAX_CELL_LENGTH, MAX_ROWS, Record, UnreadableFile
from app.lib.tabular.table import Table, read_table
from app.lib.tabular.values import DateOrder, read_date, read_number, restored_digits

__all__ = [
    "MAX_CELL_LENGTH",
    "MAX_ROWS",
    "DateOrder",
    "Record",
    "Table",
    "UnreadableFile",
    "csv_chunks",
    "read_date",
    "read_number",
    "read_table",
    "restored_digits",
    "safe_cells",
]
