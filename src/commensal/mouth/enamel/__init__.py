"""Enamel under plaque: how saturated the fluid is with its mineral, how fast it dissolves and comes back.

constants     every number, as the kernels take it
saturation    degree of saturation with enamel and fluorapatite, by activities; critical pH
rate          what crosses the surface, mol of Ca5(PO4)3OH per m2 and s
measures      the targets of enamel, measured anew

The same functions serve the plaque column and whoever asks for one number. Concentrations are mmol/L, h = [H+] too.
"""
