// An error map becomes a list of places to look at first: where the error is largest, apart from each other, in tissue.
import { distance, type Point } from "../space/vector";
import type { Volume } from "./volume";

export interface Doubtful {
  readonly point: Point;
  readonly error: number;
}

const CELL = 6;
/** Voxels along an edge of the cells that are compared. */
const APART_MM = 30;
const AIR_HU = -950;

/** At most `most` places, the most doubtful first. Cells whose middle is air, or no part of the fixed scan, are none. */
export function mostDoubtful(error: Volume, fixed: Volume, most = 8): Doubtful[] {
  const found = cells(error, fixed).sort((a, b) => b.error - a.error);
  const chosen: Doubtful[] = [];
  for (const one of found) {
    if (chosen.length === most) break;
    if (chosen.every((other) => distance(other.point, one.point) >= APART_MM)) chosen.push(one);
  }
  return chosen;
}

function cells(error: Volume, fixed: Volume): Doubtful[] {
  const { size } = error.grid;
  const middles = (axis: number) => range(Math.floor(size[axis]! / CELL)).map((n) => n * CELL + (CELL >> 1));
  const air = Math.min(AIR_HU, lowest(fixed) + 1);
  return middles(2).flatMap((z) =>
    middles(1).flatMap((y) =>
      middles(0)
        .filter((x) => fixed.values[(z * size[1] + y) * size[0] + x]! > air)
        .map((x) => ({ point: error.grid.toPoint([x, y, z]), error: error.values[(z * size[1] + y) * size[0] + x]! })),
    ),
  );
}

function lowest(volume: Volume): number {
  let low = Infinity;
  for (const value of volume.values) if (value < low) low = value;
  return low;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}
