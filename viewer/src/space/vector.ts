// Points and directions in patient millimetres, LPS: x to the left, y to the back, z to the head.

export type Point = readonly [number, number, number];
export type Axes = readonly [Point, Point, Point];

export function plus(a: Point, b: Point): Point {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

export function minus(a: Point, b: Point): Point {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

export function times(a: Point, factor: number): Point {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

export function dot(a: Point, b: Point): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function length(a: Point): number {
  return Math.hypot(a[0], a[1], a[2]);
}

export function distance(a: Point, b: Point): number {
  return length(minus(a, b));
}
