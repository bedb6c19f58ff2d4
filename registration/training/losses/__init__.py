"""What a field is blamed for: unlike images, roughness, masks and landmarks that miss, distance from a known truth."""
