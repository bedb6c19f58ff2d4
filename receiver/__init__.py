"""The DICOM door: instances arrive by C-STORE and become series, exactly as an upload does; rules start registrations.

settings    environment -> what is accepted from whom, and how much of it
scp         associations -> instances in the inbox (C-ECHO, C-STORE)
gate        bytes of an association, bounded
inbox       instances on disk by series: what is whole, what is late, what is too much
publishing  a whole series -> a stored series, or why it was refused
rules       a TOML file -> which series pair with which
partners    a series that has arrived -> the pair that a rule means
starting    a pair -> a registration, once
exporting   registrations that rules started -> exports to a PACS
wiring      settings -> ports
"""
