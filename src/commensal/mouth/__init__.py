"""The twin of the mouth: for now, one plaque column."""
