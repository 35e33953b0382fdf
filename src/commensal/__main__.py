"""`python -m commensal`: the command line."""

from commensal.cli import main

main()
