// Registrations: start, list, read, cancel; their volumes and figures.
import { readNifti, unpacked } from "../files/nifti";
import type { Volume } from "../scans/volume";
import type { Point } from "../space/vector";
import { body, json, request } from "./http";
import type { Keypoints, Registration, Report } from "./model";

const ROOT = "/v1/registrations";

export type VolumeName = "fixed-scan" | "moving-scan" | "warped" | MapName;
export type MapName = "error" | "bound" | "jacobian" | "attention";

export async function listed(): Promise<readonly Registration[]> {
  return (await json<{ items: Registration[] }>(ROOT)).items;
}

export interface Wanted {
  readonly fixed: string;
  readonly moving: string;
  readonly preset: string;
  readonly finish?: boolean;
  readonly keypoints?: { readonly max: number };
}

export function start(wanted: Wanted): Promise<Registration> {
  return json<Registration>(ROOT, body("POST", wanted));
}

/** The registration and the tag of its revision. */
export async function read(id: string): Promise<{ registration: Registration; tag: string }> {
  const answer = await request(`${ROOT}/${id}`);
  return { registration: (await answer.json()) as Registration, tag: answer.headers.get("ETag") ?? "" };
}

export function cancel(id: string): Promise<Registration> {
  return json<Registration>(`${ROOT}/${id}/cancel`, { method: "POST" });
}

export async function purge(id: string): Promise<void> {
  await request(`${ROOT}/${id}`, { method: "DELETE" });
}

export async function volume(id: string, name: VolumeName, revision: number): Promise<Volume> {
  const answer = await request(`${ROOT}/${id}/${name}?format=nifti&revision=${revision}`, {
    headers: { Prefer: "wait=60" },
  });
  return readNifti(await unpacked(answer.body!));
}

export function report(id: string): Promise<Report> {
  return json<Report>(`${ROOT}/${id}/report`);
}

export function keypoints(id: string): Promise<Keypoints> {
  return json<Keypoints>(`${ROOT}/${id}/keypoints`);
}

/** Where points of the fixed scan lie in the moving scan. */
export async function mapped(id: string, points: readonly Point[]): Promise<readonly Point[]> {
  return (await json<{ points: Point[] }>(`${ROOT}/${id}/points`, body("POST", { points }))).points;
}
