// What pointing means: the cross-hair while looking; while correcting, a point of one scan and its place in the other.
import type { Placer } from "../session/placing";
import type { Volume } from "../scans/volume";
import type { Hand } from "../viewing/gestures";
import type { Navigation } from "../viewing/navigation";
import { moveCursor, type SceneStore } from "../viewing/scene";
import { telling } from "../widgets/notice";

const REACH = 9;
/** CSS pixels around a correction within which a click means it. */

export function handOf(scene: SceneStore, navigation: Navigation, placer: Placer, fixed: Volume): Hand {
  return {
    pan: (pane, dx, dy) => navigation.pan(pane, dx, dy),
    zoom: (pane, factor, x, y) => navigation.zoom(pane, factor, x, y),
    window: (dx, dy) => navigation.window(dx, dy),
    slice: (pane, steps) => navigation.slice(pane, steps),
    point: (pane, x, y, phase) => {
      const point = pane.patient(scene.now, x, y);
      if (pane.space === "moving") {
        if (scene.now.tab !== "correct") return scene.change({ cursor: { ...scene.now.cursor, moving: point } });
        placer.aim(point);
        if (phase === "end") void telling(() => placer.settle());
        return;
      }
      if (!fixed.grid.contains(point)) return;
      if (scene.now.tab === "correct" && phase === "end") {
        placer.begin(point, REACH * pane.mmPerPixel(scene.now));
        return moveCursor(scene, placer.state.now.fixed ?? point);
      }
      moveCursor(scene, point);
    },
  };
}
