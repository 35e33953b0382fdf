"""The plaque column's solver against general solvers, on one day of one mouth, at equal accuracy."""
