"""The method: two volumes in, a displacement field out, corrected by clicks. Knows no web, no queue, no server.

The path, in data order:

    reading      bytes -> Volume                         geometry, dicom, reading
    features     Volume -> FeaturePyramid                features
    keypoints    Volume -> Keypoints                     keypoints
    matching     features at keypoints -> Matches        correspondences
    kernel       Matches -> weights -> displacement      kernel
    field        coarse to fine -> DisplacementField     field
    corrections  clicks -> FieldPatch                    refinement
    products     field -> files                          products
    figures      field and truth -> errors, intervals    metrics, evaluation

`registration.register.register` is the whole path on one screen; `registration.refine.refine` the interactive part.
Arrays are (z, y, x); points and displacements are (x, y, z) millimetres in the DICOM patient frame (LPS); the field
maps fixed to moving: `moving_point = x + d(x)`.
"""
