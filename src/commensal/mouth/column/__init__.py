"""The plaque column: any process table, in plaque cells under a film of saliva, eight sites side by side.

shape       the arrays that the kernels share, and what their rows are
laws        a process table as rows of numbers, the same for all lanes of a block
rates       how fast everything runs in every cell, and how it answers to its own substrate
acidity     pH from electroneutrality in every cell
transport   diffusion, and the tridiagonal systems of implicit steps
exchange    what enters and leaves the mouth
step        one step of ROS2, everything coupled in time
growth      plaque that thickens, wears off and is settled on: the grid follows
march       from the beginning to the end, stopping exactly where something jumps
"""
