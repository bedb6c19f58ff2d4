// An error map becomes a list of places to look at first: where the error is largest, apart from each other, in tissue.
import { distance, type Point } from "../space/vector";
import type { Values, Volume } from "./volume";

export interface Doubtful {
  readonly point: Point;
  /** Mean expected error of the cell around it, mm. */
  readonly error: number;
}

const CELL = 5;
/** Voxels along an edge of the cells that are compared. */
const APART_MM = 30;
const AIR_HU = -930;

/**
 * At most `most` places, the most doubtful first; cells that hold air are none. Both volumes lie on one grid.
 * `known`: places that were looked after already; nothing near them is listed.
 */
export function mostDoubtful(error: Volume, fixed: Volume, most = 8, known: readonly Point[] = []): Doubtful[] {
  const found = cells(error, fixed).sort((a, b) => b.error - a.error);
  const chosen: Doubtful[] = [];
  const apart = (from: Point, to: Point) => distance(from, to) >= APART_MM;
  for (const one of found) {
    if (chosen.length === most) break;
    if ([...known, ...chosen.map((other) => other.point)].every((other) => apart(other, one.point))) chosen.push(one);
  }
  return chosen;
}

function cells(error: Volume, fixed: Volume): Doubtful[] {
  const starts = error.grid.size.map((n) => Array.from({ length: Math.floor(n / CELL) }, (_, i) => i * CELL));
  const air = airOf(fixed.values);
  const half = (CELL - 1) / 2;
  const [nx, ny] = fixed.grid.size;
  return starts[2]!.flatMap((z) =>
    starts[1]!.flatMap((y) =>
      starts[0]!
        .filter((x) => fixed.values[((z + half) * ny + y + half) * nx + x + half]! > air && cellMean(fixed, x, y, z) > air)
        .map((x) => ({ point: error.grid.toPoint([x + half, y + half, z + half]), error: cellMean(error, x, y, z) })),
    ),
  );
}

function cellMean(volume: Volume, x: number, y: number, z: number): number {
  const [nx, ny] = volume.grid.size;
  let sum = 0;
  for (let k = z; k < z + CELL; k++)
    for (let j = y; j < y + CELL; j++)
      for (let at = (k * ny + j) * nx + x, n = 0; n < CELL; n++) sum += volume.values[at + n]!;
  return sum / CELL ** 3;
}

/** What is no brighter is air: Hounsfield units for CT, the darkest value for anything else. */
function airOf(values: Values): number {
  let low = Infinity;
  for (const value of values) if (value < low) low = value;
  return low < AIR_HU ? AIR_HU : low;
}
