// A volume: numbers on a grid, x fastest, as the service sends scans and maps.
import type { Grid } from "../space/grid";
import type { Point } from "../space/vector";

export type Values = Int16Array | Float32Array | Uint8Array;

export interface Volume {
  readonly values: Values;
  readonly grid: Grid;
}

/** A block of voxels: `start` in, `stop` out. */
export interface Box {
  readonly start: Point;
  readonly stop: Point;
}

export function isEmpty(box: Box): boolean {
  return box.start.some((v, axis) => v >= box.stop[axis]!);
}

/** The value of the voxel that holds a point; undefined outside. */
export function valueAt(volume: Volume, point: Point): number | undefined {
  if (!volume.grid.contains(point)) return undefined;
  const [x, y, z] = volume.grid.toIndex(point).map((v, axis) => clamp(Math.round(v), volume.grid.size[axis]!)) as [
    number,
    number,
    number,
  ];
  return volume.values[(z * volume.grid.size[1] + y) * volume.grid.size[0] + x];
}

function clamp(index: number, size: number): number {
  return Math.min(Math.max(index, 0), size - 1);
}

/** Values below which the given shares of the voxels lie, from every n-th of at most 200,000. */
export function quantiles(values: Values, shares: readonly number[]): number[] {
  const step = Math.max(1, Math.floor(values.length / 200_000));
  const some = Float32Array.from({ length: Math.floor(values.length / step) }, (_, i) => values[i * step]!).sort();
  return shares.map((share) => some[Math.min(some.length - 1, Math.floor(share * some.length))] ?? 0);
}
