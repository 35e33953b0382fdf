"""Published rules, one file a guide; each turns an examination into findings and names what fired it.

ng12        signs that ask for a cancer referral: NICE NG12, the Scottish red flags, the Irish list
opmd        when to look again at a patch that might turn
caries      ICDAS codes, merged into three steps, with activity
cambra      caries risk from 6 years
perio       is it periodontitis; its stage, extent and grade
gums        bleeding on probing
fluoride    which fluoride fits an age
twin        the twin's minutes in acid, as findings
fear        measured dental fear, as a finding
"""
