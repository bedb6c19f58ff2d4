"""Warping: other volumes and label maps of the moving scan, on the fixed scan's grid."""
