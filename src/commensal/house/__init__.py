"""The house: rooms put together from one frozen Settings. The only place that knows them all.

`opening` makes and opens a clinic. The others are what can be done with one that is open: `visits`, `outbox`, `copies`,
`keys`, `checking`, `witnessing`. Names are taken from their file, so that what is not asked for is not loaded.
"""
