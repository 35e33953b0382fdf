"""What lives in plaque, as data: processes, their stoichiometry and their kinetics.

formula       what a molecule or a gram of bacteria is made of
components    everything that is made or used
expressions   the little arithmetic that the tables are written in
closing       their balances: nothing comes from nothing
table         processes read, for any community, their stoichiometry completed and checked
rates         how fast they run, for many places at once
stirring      one stirred vessel through time: the kernel
vessel        stirred vessels in which they run, with a pH that is held, known or their own
"""
