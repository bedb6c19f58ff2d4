"""How far to trust the field: its expected error in mm, and bounds that hold as often as they say."""
