// What hands and keys mean for the scene: slices, zoom, pan, window.
import type { Volume } from "../scans/volume";
import { PLANES } from "../space/plane";
import { dot, minus, plus, times, type Point } from "../space/vector";
import type { Pane } from "./pane";
import { moveCursor, shiftCentre, type SceneStore } from "./scene";

const CLOSEST = 40;
const FARTHEST = 0.3;
/** Times the zoom at which the scan fits. */

export class Navigation {
  constructor(
    private readonly scene: SceneStore,
    private readonly fixed: Volume,
    private readonly moving: Volume,
  ) {}

  pan(pane: Pane, dx: number, dy: number): void {
    const mm = pane.mmPerPixel(this.scene.now);
    const { right, down } = pane.plane;
    shiftCentre(this.scene, plus(times(right, -dx * mm), times(down, -dy * mm)));
  }

  /** Show `factor` times as much; what lies under the pixel stays there. */
  zoom(pane: Pane, factor: number, x: number, y: number): void {
    const before = pane.patient(this.scene.now, x, y);
    const zoom = Math.min(Math.max(this.scene.now.zoom / factor, FARTHEST), CLOSEST);
    this.scene.change({ zoom });
    shiftCentre(this.scene, minus(before, pane.patient(this.scene.now, x, y)));
  }

  /** Sideways wider, upwards darker, in steps that suit the window. */
  window(dx: number, dy: number): void {
    const { low, width } = this.scene.now.window;
    const wider = Math.max(width * Math.exp(dx / 200), 1);
    const middle = low + width / 2 + (dy * width) / 300;
    this.scene.change({ window: { low: middle - wider / 2, width: wider } });
  }

  /** Go some slices towards head, back or left; the fixed scan's planes snap to its voxels. */
  slice(pane: Pane, steps: number): void {
    const { cursor } = this.scene.now;
    if (pane.space === "fixed") return moveCursor(this.scene, stepped(this.fixed, pane, cursor.fixed, steps));
    this.scene.change({ cursor: { ...cursor, moving: stepped(this.moving, pane, cursor.moving, steps) } });
  }

  /** Move the cross-hair within the active plane by whole voxels. */
  nudge(right: number, down: number): void {
    const plane = PLANES[this.scene.now.active];
    const step = Math.min(...this.fixed.grid.spacing);
    const by = plus(times(plane.right, right * step), times(plane.down, down * step));
    const to = plus(this.scene.now.cursor.fixed, by);
    if (this.fixed.grid.contains(to)) moveCursor(this.scene, to);
  }
}

/** The point some slices on; not beyond the scan. Planes along the voxels snap to their middles. */
function stepped(scan: Volume, pane: Pane, from: Point, steps: number): Point {
  const { grid } = scan;
  const axis = grid.nearestAxis(pane.plane.normal);
  const along = dot(grid.axes[axis]!, pane.plane.normal);
  if (Math.abs(along) < 0.999) return inside(scan, from, plus(from, times(pane.plane.normal, steps * grid.spacing[axis]!)));
  const index = [...grid.toIndex(from)] as [number, number, number];
  const wanted = Math.round(index[axis]!) + steps * Math.sign(along);
  index[axis] = Math.min(Math.max(wanted, 0), grid.size[axis]! - 1);
  return grid.toPoint(index);
}

function inside(scan: Volume, from: Point, to: Point): Point {
  return scan.grid.contains(to) ? to : from;
}
