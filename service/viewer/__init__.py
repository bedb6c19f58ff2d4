"""The page at /: the built viewer as files of this package, and the headers it is sent with."""
