// A block of the displacement field becomes the same block of the warped scan: moving(x + d(x)), trilinear.
import type { Grid } from "../space/grid";
import { dot, times, type Point } from "../space/vector";
import type { Box, Values, Volume } from "./volume";

/** A block of a field: three components of mm (LPS) per voxel, side by side. */
export interface FieldBlock {
  readonly vectors: Float32Array;
  readonly grid: Grid;
}

/** What lies around a scan, as the service has it: its darkest value, but never darker than air. */
export function background(values: Values): number {
  let darkest = Infinity;
  for (const value of values) if (value < darkest) darkest = value;
  return Math.max(-1024, darkest);
}

/** The moving scan pulled through the block, on the block's grid; `outside` where the field leaves the scan. */
export function pulled(moving: Volume, field: FieldBlock, outside: number): Float32Array {
  const { vectors, grid } = field;
  const [nx, ny, nz] = grid.size;
  const result = new Float32Array(nx * ny * nz);
  const look = reader(moving, outside);
  const rows = moving.grid.axes.map((axis, n) => times(axis, 1 / moving.grid.spacing[n]!)) as [Point, Point, Point];
  const [rx, ry, rz] = rows;
  const step = times(grid.axes[0], grid.spacing[0]);
  const [sx, sy, sz] = [dot(rx, step), dot(ry, step), dot(rz, step)];
  let at = 0;
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      let [x, y, z] = moving.grid.toIndex(grid.toPoint([0, j, k]));
      for (let i = 0; i < nx; i++, at++, x += sx, y += sy, z += sz) {
        const dx = vectors[3 * at]!, dy = vectors[3 * at + 1]!, dz = vectors[3 * at + 2]!;
        result[at] = look(
          x + rx[0] * dx + rx[1] * dy + rx[2] * dz,
          y + ry[0] * dx + ry[1] * dy + ry[2] * dz,
          z + rz[0] * dx + rz[1] * dy + rz[2] * dz,
        );
      }
    }
  }
  return result;
}

/** Trilinear reading at continuous indices; half a voxel around the outer centres repeats them. */
function reader(volume: Volume, outside: number): (x: number, y: number, z: number) => number {
  const { values } = volume;
  const [nx, ny, nz] = volume.grid.size;
  const row = (j0: number, i0: number, i1: number, u: number) => mix(values[j0 + i0]!, values[j0 + i1]!, u);
  return (x, y, z) => {
    if (!(x >= -0.5 && y >= -0.5 && z >= -0.5 && x < nx - 0.5 && y < ny - 0.5 && z < nz - 0.5)) return outside;
    const i = Math.floor(x), j = Math.floor(y), k = Math.floor(z);
    const i0 = Math.max(i, 0), i1 = Math.min(i + 1, nx - 1);
    const j0 = Math.max(j, 0) * nx, j1 = Math.min(j + 1, ny - 1) * nx;
    const k0 = Math.max(k, 0) * nx * ny, k1 = Math.min(k + 1, nz - 1) * nx * ny;
    const near = mix(row(k0 + j0, i0, i1, x - i), row(k0 + j1, i0, i1, x - i), y - j);
    const far = mix(row(k1 + j0, i0, i1, x - i), row(k1 + j1, i0, i1, x - i), y - j);
    return mix(near, far, z - k);
  };
}

function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}

/** Put a block into a volume; where the volume holds whole numbers the block becomes whole, as the service rounds. */
export function replaceBlock(volume: Volume, box: Box, block: Float32Array): void {
  if (!(volume.values instanceof Float32Array)) block.forEach((value, n) => (block[n] = toEven(value)));
  const [nx, ny] = volume.grid.size;
  const width = box.stop[0] - box.start[0];
  let from = 0;
  for (let z = box.start[2]; z < box.stop[2]; z++)
    for (let y = box.start[1]; y < box.stop[1]; y++, from += width)
      volume.values.set(block.subarray(from, from + width), (z * ny + y) * nx + box.start[0]);
}

/** The nearest whole number, of two equally near ones the even one. */
function toEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}
