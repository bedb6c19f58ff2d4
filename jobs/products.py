"""What can be fetched of a finished registration: names, files, media types. The worker renders what is asked for."""

from __future__ import annotations

from dataclasses import dataclass

Box = tuple[tuple[int, int, int], tuple[int, int, int]]
"""Start and stop of a block of voxels, (x, y, z)."""


@dataclass(frozen=True)
class Product:
    """One file: `resource` is its place below the registration's URL, `format` the value of `?format=`."""

    resource: str
    format: str
    file: str
    media_type: str
    revised: bool = True
    """Whether corrections change it."""
    object: str | None = None
    """The DICOM object that it holds, where it is one: both scans must have come as DICOM."""


DICOM, ZIP = "application/dicom", "application/zip"
PRODUCTS: dict[str, Product] = {
    f"{product.resource}.{product.format}": product
    for product in (
        Product("field", "mha", "displacement_field.mha", "application/x-metaimage"),
        Product("field", "nrrd", "displacement_field.nrrd", "application/x-nrrd"),
        Product("field", "nifti", "displacement_field.nii.gz", "application/x-nifti"),
        Product("field", "h5", "displacement_field.h5", "application/x-hdf5"),
        Product("field", "npz", "displacement_field.npz", "application/x-npz"),
        Product("fixed-scan", "nifti", "fixed.nii.gz", "application/x-nifti", revised=False),
        Product("moving-scan", "nifti", "moving.nii.gz", "application/x-nifti", revised=False),
        Product("warped", "nifti", "warped.nii.gz", "application/x-nifti"),
        Product("confidence", "nifti", "confidence.nii.gz", "application/x-nifti", revised=False),
        Product("error", "nifti", "error_mm.nii.gz", "application/x-nifti", revised=False),
        Product("bound", "nifti", "bound_mm.nii.gz", "application/x-nifti", revised=False),
        Product("attention", "nifti", "attention_std.nii.gz", "application/x-nifti", revised=False),
        Product("jacobian", "nifti", "jacobian.nii.gz", "application/x-nifti"),
        Product("pre-alignment", "json", "pre_alignment.json", "application/json", revised=False),
        Product("keypoints", "json", "keypoints.json", "application/json"),
        Product("preview.png", "png", "preview.png", "image/png"),
        Product("report", "json", "report.json", "application/json"),
        Product("field", "dicom", "displacement_field.dcm", DICOM, object="registration"),
        Product("pre-alignment", "dicom", "pre_alignment.dcm", DICOM, object="pre-alignment"),
        Product("warped", "dicom", "warped.zip", ZIP, object="warped"),
        Product("confidence", "dicom", "confidence.dcm", DICOM, object="confidence"),
        Product("error", "dicom", "error_mm.dcm", DICOM, object="error"),
        Product("jacobian", "dicom", "jacobian.dcm", DICOM, object="jacobian"),
        Product("report", "dicom", "report.dcm", DICOM, object="report"),
    )
}
"""By `resource.format`."""

RESOURCES = tuple(dict.fromkeys(product.resource for product in PRODUCTS.values()))
BLOCKS = tuple(product for product in PRODUCTS.values() if product.resource == "field" and product.object is None)
"""The forms of the field that a block of it has, too: those that place themselves in patient space, and no more."""


def of_resource(resource: str) -> list[Product]:
    """Every form of a resource, the preferred one first."""
    return [product for product in PRODUCTS.values() if product.resource == resource]


def rendered(
    product: Product, tag: str, original_tag: str, box: Box | None = None, spacing_mm: float | None = None
) -> str:
    """Where a rendered product lies in its registration's folder."""
    folder = products_folder(tag if product.revised else original_tag)
    corners = "" if box is None else "-".join(str(n) for corner in box for n in corner) + "-"
    spacing = "" if spacing_mm is None else f"{spacing_mm:g}mm-"
    return f"{folder}/{corners}{spacing}{product.file}"


def products_folder(tag: str) -> str:
    """Where the rendered products of a revision lie in their registration's folder."""
    return f"products/{tag}"
