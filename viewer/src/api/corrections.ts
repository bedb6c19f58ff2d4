// An edit of the correction set goes out; the changed block of the field and its facts come back.
import { readFieldBlock } from "../files/metaimage";
import type { Box } from "../scans/volume";
import type { FieldBlock } from "../scans/warp";
import type { Point } from "../space/vector";
import { body, json, request } from "./http";
import type { Correspondence, Residual, Revision } from "./model";

const BLOCK = "application/x-metaimage";
const place = (id: string) => `/v1/registrations/${id}`;

export interface Edit {
  readonly set: readonly Correspondence[];
  readonly remove: readonly string[];
}

/** What an edit did: outside `box` nothing changed by a bit. No block when nothing changed at all. */
export interface Edited {
  readonly tag: string;
  readonly revision: number;
  readonly box: Box;
  readonly folds: number;
  readonly relaxed: readonly string[];
  readonly residuals: readonly Residual[];
  readonly block: FieldBlock | undefined;
  /** Milliseconds inside the service, workers included, as it says itself. */
  readonly serviceMs: number;
}

interface EditedJson {
  revision: number;
  box: Box;
  residuals: Residual[];
  folds: number;
  relaxed: string[];
  field: string;
}

/** Change the set as it was at `tag`. Undefined: the workers are busy and the edit waits. Throws `Refusal`. */
export async function edit(id: string, tag: string, change: Edit): Promise<Edited | undefined> {
  const headers = { "If-Match": tag, Accept: BLOCK };
  return edited(await request(`${place(id)}/correspondences`, body("PATCH", change, headers)));
}

/** Make the set of an earlier revision the current one. */
export async function restore(id: string, tag: string, revision: number): Promise<Edited | undefined> {
  const headers = { "If-Match": tag };
  return edited(await request(`${place(id)}/revisions/${revision}/restore`, { method: "POST", headers }));
}

export async function correspondences(id: string): Promise<readonly Correspondence[]> {
  return (await json<{ correspondences: Correspondence[] }>(`${place(id)}/correspondences`)).correspondences;
}

export async function revisions(id: string): Promise<readonly Revision[]> {
  return (await json<{ items: Revision[] }>(`${place(id)}/revisions`)).items;
}

async function edited(answer: Response): Promise<Edited | undefined> {
  if (answer.status === 202) return undefined;
  const common = { tag: answer.headers.get("ETag") ?? "", serviceMs: serviceTime(answer) };
  if (answer.headers.get("Content-Type")?.startsWith(BLOCK))
    return { ...common, ...facts(answer.headers), block: readFieldBlock(await answer.arrayBuffer()) };
  const { field, ...rest } = (await answer.json()) as EditedJson;
  const empty = rest.box.start.some((v, axis) => v >= rest.box.stop[axis]!);
  return { ...common, ...rest, block: empty ? undefined : await fetchedBlock(field) };
}

async function fetchedBlock(path: string): Promise<FieldBlock> {
  return readFieldBlock(await (await request(`${path}&format=mha`)).arrayBuffer());
}

/** The facts of an edit from the headers beside its block. */
function facts(headers: Headers): Omit<Edited, "block" | "tag" | "serviceMs"> {
  const words = (name: string) => (headers.get(name) ?? "").split(";").filter((word) => word);
  const corners = (headers.get("X-Box") ?? "").split(",").map(Number);
  return {
    revision: Number(headers.get("X-Revision")),
    box: { start: corners.slice(0, 3) as unknown as Point, stop: corners.slice(3) as unknown as Point },
    folds: Number(headers.get("X-Folds")),
    relaxed: words("X-Relaxed").map(decodeURIComponent),
    residuals: words("X-Residuals").map((word) => {
      const [id, before, after] = word.split(/[=>]/) as [string, string, string];
      return { id: decodeURIComponent(id), before: Number(before), after: Number(after) };
    }),
  };
}

function serviceTime(answer: Response): number {
  return Number(/dur=([\d.]+)/.exec(answer.headers.get("Server-Timing") ?? "")?.[1] ?? NaN);
}
