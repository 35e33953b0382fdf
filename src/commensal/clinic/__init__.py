"""People, visits, consent, plans and the store."""
