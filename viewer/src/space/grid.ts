// Where the voxels of a scan lie in the patient, and back; oblique and flipped grids as they are.
import { dot, minus, plus, times, type Axes, type Point } from "./vector";

/** Half a voxel around the outer centres belongs to the scan; rounding does not throw its rim out. */
const RIM = 0.5 + 1e-6;

export class Grid {
  /** size, spacing in mm, first voxel's centre, and for each of x, y, z the unit vector that the index runs along. */
  constructor(
    readonly size: Point,
    readonly spacing: Point,
    readonly origin: Point,
    readonly axes: Axes,
  ) {}

  toPoint(index: Point): Point {
    const [x, y, z] = this.axes;
    const [i, j, k] = [index[0] * this.spacing[0], index[1] * this.spacing[1], index[2] * this.spacing[2]];
    return plus(this.origin, plus(times(x, i), plus(times(y, j), times(z, k))));
  }

  toIndex(point: Point): Point {
    const from = minus(point, this.origin);
    const [x, y, z] = this.axes;
    return [dot(from, x) / this.spacing[0], dot(from, y) / this.spacing[1], dot(from, z) / this.spacing[2]];
  }

  contains(point: Point): boolean {
    return this.toIndex(point).every((v, axis) => v >= -RIM && v <= this.size[axis]! - 1 + RIM);
  }

  get middle(): Point {
    return this.toPoint([(this.size[0] - 1) / 2, (this.size[1] - 1) / 2, (this.size[2] - 1) / 2]);
  }

  get voxels(): number {
    return this.size[0] * this.size[1] * this.size[2];
  }

  /** The patient's box around the outer voxels: its lowest and its highest corner. */
  get extent(): readonly [Point, Point] {
    const ends = [0, 1, 2].map((axis) => [-0.5, this.size[axis]! - 0.5]) as [number[], number[], number[]];
    const corners = ends[0].flatMap((i) => ends[1].flatMap((j) => ends[2].map((k) => this.toPoint([i, j, k]))));
    const along = (pick: (...v: number[]) => number, axis: number) => pick(...corners.map((corner) => corner[axis]!));
    const corner = (pick: (...v: number[]) => number): Point => [along(pick, 0), along(pick, 1), along(pick, 2)];
    return [corner(Math.min), corner(Math.max)];
  }

  /** The axis (0, 1, 2) of the grid that runs along a direction best. */
  nearestAxis(direction: Point): number {
    const shares = this.axes.map((axis) => Math.abs(dot(axis, direction)));
    return shares.indexOf(Math.max(...shares));
  }

  /** Column-major 4 x 4: patient millimetres to texture coordinates, 0 to 1 over the whole volume. */
  get toTexture(): Float32Array {
    const matrix = new Float32Array(16);
    this.axes.forEach((axis, row) => {
      const scale = 1 / (this.spacing[row]! * this.size[row]!);
      axis.forEach((component, column) => (matrix[4 * column + row] = component * scale));
      matrix[12 + row] = 0.5 / this.size[row]! - dot(axis, this.origin) * scale;
    });
    matrix[15] = 1;
    return matrix;
  }
}
