"""Configured archives (PACS): asked, read from and written to, over DICOMweb and DIMSE.

settings    a TOML file becomes named archives
connection  an archive becomes an HTTP client, its refusals become errors
dicomweb    QIDO-RS, WADO-RS and STOW-RS of one archive
multipart   parts of a body become files, files become a body; preamble: what stands before the first part
receipt     a STOW-RS answer becomes one outcome per instance
dimse       C-ECHO and C-STORE of one archive
outcomes    what became of each instance that was sent
"""
