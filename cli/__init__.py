"""The `kernelreg` command: one file per verb."""
