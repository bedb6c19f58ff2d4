// Where the cross-hair is in both scans, and what is there.
import type { Opened } from "../session/opened";
import { valueAt, type Volume } from "../scans/volume";
import type { Point } from "../space/vector";
import type { SceneStore } from "../viewing/scene";
import { element } from "../widgets/element";

export function readout(scene: SceneStore, opened: Opened): HTMLElement {
  const cells = ["fixed", "moving", "warped"].map(() => element("td"));
  const rows = ["Fixed", "Moving", "Warped"].map((name, n) => element("tr", {}, [element("th", { text: name }), cells[n]!]));
  const show = (): void => {
    const { fixed, moving } = scene.now.cursor;
    const lines = [told(fixed, opened.fixed), told(moving, opened.moving), valued(fixed, opened.warped)];
    lines.forEach((line, n) => (cells[n]!.textContent = line));
  };
  scene.follow(show);
  show();
  return element("table", { class: "readout", "aria-label": "Cross-hair, LPS mm" }, [element("tbody", {}, rows)]);
}

function told(point: Point, scan: Volume): string {
  return `${point.map((v) => v.toFixed(1)).join(", ")} mm · ${valued(point, scan)}`;
}

function valued(point: Point, scan: Volume): string {
  const value = valueAt(scan, point);
  return value === undefined ? "outside" : `${Math.round(value)} HU`;
}
