"""Hostile inputs for every reader of the sentinel, made from good ones.

    mutators    how a good text or a good file is bent
    authentic   readers that check a signature or a commitment: what they accept must mean what a good input meant
    witnesses   readers of what witnesses say: only what a key here signed may come of it
    plain       readers of form alone: what they accept must be written back to the same input by other code
    nested      readers of things within things: CBOR, JSON, policies whose lines name each other
    runner      feeds one reader and measures it

`python -m tests.sentinel.fuzzing.runner READER INPUTS SEED` feeds one by hand.
"""
