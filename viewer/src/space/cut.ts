// Where a slice cuts a box of voxels.
import type { Box } from "../scans/volume";
import type { Grid } from "./grid";
import { depth, type Plane } from "./plane";
import { minus, plus, times, type Point } from "./vector";

/** The points where the slice through `through` meets the twelve edges of the box; none where it passes beside it. */
export function cut(plane: Plane, through: Point, grid: Grid, box: Box): Point[] {
  const end = (axis: number, high: boolean) => (high ? box.stop[axis]! - 0.5 : box.start[axis]! - 0.5);
  const corner = (n: number) => grid.toPoint([end(0, (n & 1) > 0), end(1, (n & 2) > 0), end(2, (n & 4) > 0)]);
  const found: Point[] = [];
  for (let n = 0; n < 8; n++) {
    for (const bit of [1, 2, 4].filter((bit) => !(n & bit))) {
      const [a, b] = [corner(n), corner(n | bit)];
      const [from, to] = [depth(plane, a, through), depth(plane, b, through)];
      if (from > 0 !== to > 0) found.push(plus(a, times(minus(b, a), from / (from - to))));
    }
  }
  return found;
}

/** The box with a voxel more on every side: as far as what lies in it is seen between voxels. */
export function widened(box: Box): Box {
  const by = (corner: Point, step: number) => corner.map((v) => v + step) as unknown as Point;
  return { start: by(box.start, -1), stop: by(box.stop, 1) };
}
