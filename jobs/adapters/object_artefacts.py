"""Artefacts in an object store through fsspec, S3 above all: staged here, uploaded whole, read as checked copies."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

import fsspec

from jobs.adapters.bundles import Bundles, Manifest
from jobs.adapters.local_copies import LocalCopies
from jobs.adapters.names import not_found, require_name
from jobs.adapters.staging import ABANDONED_S, drop_abandoned, staging_folder, storage_errors
from jobs.errors import StoreUnavailableError
from jobs.ports import Kind

PLACED = "placed"
"""Below an artefact: files that came after it was published, each a bundle of its own."""


class ObjectArtefacts:
    """Fulfils `jobs.ports.ArtefactStore` below a URL such as `s3://bucket/prefix`; `local` holds staging and copies."""

    def __init__(self, url: str, local: Path, *, copies_bytes: int) -> None:
        files, root = fsspec.core.url_to_fs(url, **options(url))
        self._bundles = Bundles(files, root)
        self._copies = LocalCopies(local / "copies", copies_bytes)
        self._staging = local / "staging"
        self._staging.mkdir(mode=0o700, parents=True, exist_ok=True)

    def staging(self) -> AbstractContextManager[Path]:
        return staging_folder(self._staging)

    def publish(self, kind: Kind, name: str, staged: Path, *, replace: bool = False) -> bool:
        return self._bundles.write(self._place(kind, name), staged, replace=replace)

    def folder(self, kind: Kind, name: str) -> Path:
        place, manifest = self._declared(kind, name)
        for relative in manifest.parts:
            self._copy(place, place, manifest, relative)
        return self._copies.folder(place, manifest.generation)

    def file(self, kind: Kind, name: str, relative: str) -> Path | None:
        place, manifest = self._declared(kind, name)
        if relative in manifest.parts:
            return self._copy(place, place, manifest, relative)
        bundle = placed(place, relative)
        later = self._bundles.manifest(bundle)
        return self._copy(place, bundle, later, Path(relative).name) if later else None

    def place(self, kind: Kind, name: str, relative: str, staged: Path) -> None:
        place, _ = self._declared(kind, name)
        with self.staging() as alone:
            shutil.copyfile(staged, alone / Path(relative).name)
            self._bundles.write(placed(place, relative), alone, replace=True)
        if self._bundles.manifest(place) is None:  # never bring a purged artefact back to life
            self._bundles.remove(place)
            raise not_found(kind)

    def drop(self, kind: Kind, name: str, relative: str) -> None:
        place, _ = self._declared(kind, name)
        self._bundles.remove(placed(place, relative))

    def delete(self, kind: Kind, name: str) -> bool:
        place = self._place(kind, name)
        self._copies.drop(place)
        return self._bundles.withdraw(place)

    def names(self, kind: Kind) -> Iterable[str]:
        return [name for name in self._bundles.below(kind) if self._bundles.manifest(f"{kind}/{name}")]

    def ping(self) -> None:
        self._bundles.touch("ping")

    def tidy(self) -> None:
        for owner in self._copies.owners():
            if self._bundles.manifest(owner) is None:
                self._copies.drop(owner)
        self._copies.make_room()
        drop_abandoned(self._staging)

    def sweep(self) -> None:
        for kind in Kind:
            for name in self._bundles.below(kind):
                self._bundles.remove_abandoned(f"{kind}/{name}", ABANDONED_S)

    def _place(self, kind: Kind, name: str) -> str:
        return f"{kind}/{require_name(kind, name)}"

    def _declared(self, kind: Kind, name: str) -> tuple[str, Manifest]:
        place = self._place(kind, name)
        manifest = self._bundles.manifest(place)
        if manifest is None:
            self._copies.drop(place)
            raise not_found(kind)
        return place, manifest

    def _copy(self, owner: str, bundle: str, manifest: Manifest, relative: str) -> Path:
        part = manifest.parts[relative]

        def fetch(target: Path) -> None:
            try:
                self._bundles.fetch(bundle, part, target)
            except FileNotFoundError as error:  # replaced or purged between manifest and object
                raise StoreUnavailableError("artefact") from error

        with storage_errors():
            return self._copies.file(owner, manifest.generation, relative, fetch)


def placed(place: str, relative: str) -> str:
    """Where the bundle of a later file lies."""
    return f"{place}/{PLACED}/{relative}"


def options(url: str) -> dict[str, object]:
    """How a file system is opened: never from a listing that it remembers."""
    remote = url.startswith(("s3://", "s3a://"))
    return {"use_listings_cache": False, "skip_instance_cache": True} if remote else {}
