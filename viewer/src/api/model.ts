// What the service says and takes, as far as the page reads it (openapi/openapi.json has all of it).
import type { Point } from "../space/vector";

export type JobState = "queued" | "running" | "succeeded" | "failed" | "cancelling" | "cancelled";

export interface Registration {
  readonly id: string;
  readonly state: JobState;
  readonly stage: string | null;
  readonly progress: number;
  readonly created_at: string;
  readonly request: { readonly fixed: string; readonly moving: string; readonly preset: string };
  readonly revision: number | null;
  readonly error: { readonly code: string; readonly detail: string } | null;
}

export interface Series {
  readonly id: string;
  readonly files: number;
  readonly report: {
    readonly size?: readonly number[];
    readonly spacing_mm?: readonly number[];
    readonly dropped?: readonly unknown[];
  };
}

/** The tissue at `fixed` in the fixed scan lies at `moving` in the moving scan; LPS mm. */
export interface Correspondence {
  readonly id: string;
  readonly fixed: Point;
  readonly moving: Point;
}

export interface Revision {
  readonly revision: number;
  readonly created_at: string;
  readonly by: string;
  readonly action: string;
  readonly correspondences: number;
}

export interface Keypoints {
  readonly keypoints: readonly { readonly fixed: Point; readonly moving: Point; readonly confidence: number }[];
}

interface Spread {
  readonly median: number | null;
  readonly p90: number | null;
  readonly max: number | null;
}

export interface Report {
  readonly preset: string;
  readonly model: { readonly name: string; readonly version: string };
  readonly keypoints: number;
  readonly jacobian: Readonly<Record<string, number | null>>;
  readonly displacement_mm: Spread;
  readonly expected_error_mm: Spread;
  readonly bound_mm: Spread & { readonly level: number };
  readonly likeness: Readonly<Record<string, number | null>>;
}

export interface Residual {
  readonly id: string;
  readonly before: number;
  readonly after: number;
}
