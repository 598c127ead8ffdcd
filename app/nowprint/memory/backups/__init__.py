"""Copies of a profile in one file each: made, thinned, followed by forgetting, restored."""
