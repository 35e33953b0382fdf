"""Benchmarks: `python -m benchmarks.NAME [--quick]`. Ratios against a named peer or floor in the same run decide."""
