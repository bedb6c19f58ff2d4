"""Archives: which PACS a client can name, and whether they answer."""
