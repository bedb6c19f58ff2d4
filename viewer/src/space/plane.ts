// The three planes of the patient and how they hang on the screen: right on the left, as radiologists hang them.
import { dot, minus, plus, times, type Point } from "./vector";

export type PlaneName = "axial" | "coronal" | "sagittal";

/** `right` and `down` are where the screen's axes run in the patient; `normal` is where the next slice lies. */
export interface Plane {
  readonly name: PlaneName;
  readonly right: Point;
  readonly down: Point;
  readonly normal: Point;
}

export const PLANES: Readonly<Record<PlaneName, Plane>> = {
  axial: { name: "axial", right: [1, 0, 0], down: [0, 1, 0], normal: [0, 0, 1] },
  coronal: { name: "coronal", right: [1, 0, 0], down: [0, 0, -1], normal: [0, 1, 0] },
  sagittal: { name: "sagittal", right: [0, 1, 0], down: [0, 0, -1], normal: [1, 0, 0] },
};
export const PLANE_NAMES: readonly PlaneName[] = ["axial", "coronal", "sagittal"];

const LETTERS = [
  ["L", "R"],
  ["P", "A"],
  ["S", "I"],
] as const;

/** The letter of where a direction along a patient axis leads: R, L, A, P, S or I. */
export function letter(direction: Point): string {
  const axis = direction.findIndex((component) => component !== 0);
  return LETTERS[axis]![direction[axis]! > 0 ? 0 : 1];
}

/** The letters at the left, right, top and bottom edge of a plane. */
export function edgeLetters(plane: Plane): Record<"left" | "right" | "top" | "bottom", string> {
  return {
    left: letter(times(plane.right, -1)),
    right: letter(plane.right),
    top: letter(times(plane.down, -1)),
    bottom: letter(plane.down),
  };
}

/** How far a point lies in front of the slice through another one, in mm along the normal. */
export function depth(plane: Plane, point: Point, through: Point): number {
  return dot(minus(point, through), plane.normal);
}

/** The point moved into the slice through another one. */
export function ontoSlice(plane: Plane, point: Point, through: Point): Point {
  return plus(point, times(plane.normal, -depth(plane, point, through)));
}
