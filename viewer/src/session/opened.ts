// A registration that succeeded becomes what the page works on: both scans, the warped one, its revision, its figures.
import * as registrations from "../api/registrations";
import type { MapName } from "../api/registrations";
import type { Keypoints, Registration, Report } from "../api/model";
import type { Volume } from "../scans/volume";
import { background } from "../scans/warp";

export interface Opened {
  readonly registration: Registration;
  readonly fixed: Volume;
  readonly moving: Volume;
  readonly warped: Volume;
  readonly report: Report;
  readonly keypoints: Keypoints;
  /** What lies around the moving scan. */
  readonly outside: number;
  readonly tag: string;
  readonly revision: number;
}

/** Load everything that the first look needs. `step` says what has come. */
export async function open(id: string, step: (done: number, of: number) => void): Promise<Opened> {
  const { registration, tag } = await registrations.read(id);
  const revision = registration.revision ?? 0;
  const parts = [
    registrations.volume(id, "fixed-scan", revision),
    registrations.volume(id, "moving-scan", revision),
    registrations.volume(id, "warped", revision),
    registrations.report(id),
    registrations.keypoints(id),
  ] as const;
  let done = 0;
  for (const part of parts) void part.then(() => step(++done, parts.length), () => undefined);
  const [fixed, moving, warped, report, keypoints] = await Promise.all(parts);
  return { registration, fixed, moving, warped, report, keypoints, outside: background(moving.values), tag, revision };
}

/** Maps of the result, each fetched when it is first looked at; the Jacobian anew for every revision. */
export class Maps {
  private readonly kept = new Map<string, Promise<Volume>>();

  constructor(private readonly id: string) {}

  get(name: MapName, revision: number): Promise<Volume> {
    const key = name === "jacobian" ? `${name}@${revision}` : name;
    if (name === "jacobian") for (const old of this.kept.keys()) if (old !== key && old.startsWith(name)) this.kept.delete(old);
    const known = this.kept.get(key) ?? registrations.volume(this.id, name, revision);
    known.catch(() => this.kept.delete(key));
    this.kept.set(key, known);
    return known;
  }
}
