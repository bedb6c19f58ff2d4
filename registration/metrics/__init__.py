"""Points, fields, masks and intensities become figures: one idea per file, numpy and scipy alone, no reductions.

Arrays are (z, y, x), spacings (x, y, z) mm as in `Grid`, lengths mm. Whatever has no value for a case raises
`UndefinedError` and says why; nothing here averages over cases, `intervals` and `paired` do that for lists of values.
`docs/evaluation.md` has every formula, its source and its trap.
"""
