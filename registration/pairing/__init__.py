"""Series of two studies -> ranked pairs with reasons: which series to register to which. Standard library only.

summary      a DICOM header in JSON -> what a radiologist looks at to choose a series
suitability  one series -> reasons for and against it, or why it cannot be registered at all
likeness     two series -> reasons for and against comparing them
patients     two headers -> whether they belong to one patient
ranking      two lists of summaries -> candidates, best first, and whether the best is clear
"""

from registration.pairing.patients import same_patient
from registration.pairing.ranking import Candidate, Flag, LeftOut, Ranking, flags_of, rank
from registration.pairing.reasons import Reason
from registration.pairing.summary import SeriesSummary, summary_of

__all__ = [
    "Candidate",
    "Flag",
    "LeftOut",
    "Ranking",
    "Reason",
    "SeriesSummary",
    "flags_of",
    "rank",
    "same_patient",
    "summary_of",
]
