// Everything that is drawn over the slices of a result, in order.
import { drawBox, drawCorrections, drawCross, drawKeypoints, drawTarget } from "../drawing/marks";
import { drawVectors } from "../drawing/vectors";
import { isEmpty } from "../scans/volume";
import type { Corrector } from "../session/corrector";
import type { Lattices } from "../session/follower";
import type { Opened } from "../session/opened";
import type { Placer } from "../session/placing";
import type { Screen } from "../viewing/screen";

export function addMarkers(screen: Screen, opened: Opened, corrector: Corrector, placer: Placer, lattices: Lattices): void {
  screen.markers.push((context, pane, scene) => {
    const lattice = lattices.of.get(pane);
    if (scene.vectors !== "none" && lattice) drawVectors(context, pane, scene, lattice);
    if (scene.keypoints) drawKeypoints(context, pane, scene, opened.keypoints.keypoints);
    drawCross(context, pane, scene);
    if (scene.tab !== "correct") return;
    const { last, list } = corrector.state.now;
    if (last && pane.space === "fixed" && !isEmpty(last.box)) drawBox(context, pane, scene, opened.fixed.grid, last.box);
    const { id, fixed, landing, target } = placer.state.now;
    drawCorrections(context, pane, scene, list, id);
    if (pane.space === "fixed") drawTarget(context, pane, scene, undefined, fixed);
    else drawTarget(context, pane, scene, fixed && landing, target);
  });
}
