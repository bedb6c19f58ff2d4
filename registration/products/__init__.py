"""What a user takes home: one module per product, each turns a result and its field into a file that others read."""
