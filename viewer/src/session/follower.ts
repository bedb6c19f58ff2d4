// The moving scan's cross-hair follows the fixed one's through the field, and lattices of vectors follow the panes.
import { mapped } from "../api/registrations";
import { latticePoints, type Lattice } from "../drawing/vectors";
import type { Volume } from "../scans/volume";
import { distance, minus, plus, type Point } from "../space/vector";
import type { Pane } from "../viewing/pane";
import type { Screen } from "../viewing/screen";
import type { SceneStore } from "../viewing/scene";
import { tellError } from "../widgets/notice";

/** Run the latest of several wishes; those that came while one ran are forgotten but the last. */
export function latest(work: () => Promise<void>): () => void {
  let running = false;
  let again = false;
  const run = async (): Promise<void> => {
    if (running) return void (again = true);
    running = true;
    await work().catch(tellError);
    running = false;
    if (again) {
      again = false;
      void run();
    }
  };
  return () => void run();
}

/** Bring the moving cursor to where the field takes the fixed one, after every change of it. */
export function followCursor(id: string, scene: SceneStore, fixed: Volume, landed: (landing: Point) => void): () => void {
  const ask = latest(async () => {
    const asked = scene.now.cursor.fixed;
    if (!fixed.grid.contains(asked)) return;
    const [landing] = (await mapped(id, [asked])) as [Point];
    const { cursor, centre } = scene.now;
    if (distance(asked, cursor.fixed) > 1e-9) return;
    const shift = minus(landing, asked);
    scene.change({ cursor: { ...cursor, moving: landing }, centre: { ...centre, moving: plus(centre.fixed, shift) } });
    landed(landing);
  });
  scene.follow((now, before) => {
    if (now.cursor.fixed !== before.cursor.fixed) ask();
  });
  return ask;
}

/** Keep a lattice of displacements for every visible pane of the fixed scan. */
export class Lattices {
  readonly of = new Map<Pane, Lattice>();
  readonly refresh: () => void;

  constructor(id: string, screen: Screen, fixed: Volume) {
    this.refresh = latest(async () => {
      if (screen.scene.now.vectors === "none") return;
      const panes = screen.panes.filter((pane) => pane.space === "fixed" && pane.visible);
      const wanted = panes.map((pane) => latticePoints(pane, screen.scene.now));
      const inside = wanted.flatMap(({ points }) => points).filter((point) => fixed.grid.contains(point));
      if (!inside.length) return;
      const found = (await mapped(id, inside))[Symbol.iterator]();
      panes.forEach((pane, n) => {
        const { columns, points } = wanted[n]!;
        this.of.set(pane, { columns, from: points, to: points.map((p) => (fixed.grid.contains(p) ? found.next().value : undefined)) });
      });
      screen.remark();
    });
    screen.scene.follow((now, before) => {
      const moved = now.cursor.fixed !== before.cursor.fixed || now.centre.fixed !== before.centre.fixed;
      if (moved || now.zoom !== before.zoom || now.vectors !== before.vectors || now.layout !== before.layout) this.refresh();
    });
  }
}
