"""commensal: the open clinic for the mouth as an ecosystem."""
