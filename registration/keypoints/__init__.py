"""Keypoints: places on the fixed scan whose position is well determined in all three directions."""
