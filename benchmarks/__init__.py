"""Every number the project states, measured again: accuracy and time per stage, correspondences, clicks over HTTP.

cases            pairs with a known answer: the phantom, and the real ones where ../shared/data is at hand
storages         one pair stored in 48 ways: its fields must agree
accuracy         TRE, folds and seconds per stage of every pair
detectors        landmark error with the keypoints of each detector, and with points anywhere
correspondences  the kernel alone against a thin-plate spline, clean and with clustered outliers
confidence       how many landmarks lie within the bounds that were promised
clicks           how long one correction takes over HTTP, everything on this machine

`python -m benchmarks.fuzz` and `python -m benchmarks.large` send damaged and large DICOM series over HTTP.
`python -m benchmarks [NAME ...]` runs all of them, or those named; landmarks are used for measuring only.
"""
