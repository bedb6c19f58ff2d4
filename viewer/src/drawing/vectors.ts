// The displacement in a slice: arrows from fixed tissue to where it is in the moving scan, or a grid bent the same way.
import type { Point } from "../space/vector";
import type { Pane } from "../viewing/pane";
import type { Scene } from "../viewing/scene";

/** A lattice of points of a slice, row by row, and where the field takes them; undefined outside the scan. */
export interface Lattice {
  readonly columns: number;
  readonly from: readonly Point[];
  readonly to: readonly (Point | undefined)[];
}

const STEP = 22;
/** CSS pixels between the points of a lattice. */
const COLOUR = "rgb(255 176 64 / 90%)";

/** The points of a pane's slice at which the field is asked. */
export function latticePoints(pane: Pane, scene: Scene): { columns: number; points: Point[] } {
  const { width, height } = pane.rectangle;
  const columns = Math.ceil(width / STEP);
  const rows = Math.ceil(height / STEP);
  const points = Array.from({ length: rows * columns }, (_, n) =>
    pane.patient(scene, ((n % columns) + 0.5) * STEP, (Math.floor(n / columns) + 0.5) * STEP),
  );
  return { columns, points };
}

export function drawVectors(context: CanvasRenderingContext2D, pane: Pane, scene: Scene, lattice: Lattice): void {
  const ends = lattice.to.map((point) => point && pane.pixel(scene, point));
  context.strokeStyle = COLOUR;
  context.lineWidth = 1.2;
  context.beginPath();
  lattice.from.forEach((point, n) => {
    const end = ends[n];
    if (!end) return;
    if (scene.vectors === "arrows") return arrow(context, pane.pixel(scene, point), end);
    if ((n + 1) % lattice.columns) line(context, end, ends[n + 1]);
    line(context, end, ends[n + lattice.columns]);
  });
  context.stroke();
}

function line(context: CanvasRenderingContext2D, from: readonly [number, number], to: readonly [number, number] | undefined): void {
  if (!to) return;
  context.moveTo(...from);
  context.lineTo(...to);
}

function arrow(context: CanvasRenderingContext2D, from: readonly [number, number], to: readonly [number, number]): void {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const long = Math.hypot(dx, dy);
  if (long < 1) return;
  const head = Math.min(5, long / 2) / long;
  line(context, from, to);
  line(context, to, [to[0] - head * (dx + 0.6 * dy), to[1] - head * (dy - 0.6 * dx)]);
  line(context, to, [to[0] - head * (dx - 0.6 * dy), to[1] - head * (dy + 0.6 * dx)]);
}
