"""Hostile inputs for every reader of the sentinel, made from good ones.

mutators    how a good text or a good file is bent
authentic   readers that check a signature or a commitment: what they accept must mean what a good input meant
plain       readers of form alone: what they accept must be written back to the same bytes by somebody else
runner      feeds one reader and measures it (`python -m tests.sentinel.fuzzing READER INPUTS SEED`)
"""
