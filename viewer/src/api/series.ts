// Files become a series of the service.
import { json } from "./http";
import type { Series } from "./model";

/** Upload one scan: the files of a DICOM series, or one zip, NIfTI, MHA or NRRD. */
export function upload(files: readonly File[]): Promise<Series> {
  const form = new FormData();
  for (const file of files) form.append("files", file, file.name);
  return json<Series>("/v1/series", { method: "POST", body: form });
}
