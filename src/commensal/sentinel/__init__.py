"""The records log and its evidence."""
