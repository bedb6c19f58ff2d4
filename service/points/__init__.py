"""Points: from one scan to the other and back."""
