// Everything that decides what the panes show; points in patient mm, one cursor and one centre for each scan.
import type { MapName } from "../api/registrations";
import type { Mode } from "../drawing/shader";
import { quantiles, type Volume } from "../scans/volume";
import type { PlaneName } from "../space/plane";
import { minus, plus, type Point } from "../space/vector";
import { Store } from "./store";

export type Space = "fixed" | "moving";
export type Tool = "point" | "window" | "pan" | "zoom";
export type Tab = "compare" | "doubt" | "correct";

export interface Window {
  readonly low: number;
  readonly width: number;
}

export interface Scene {
  readonly tab: Tab;
  readonly tool: Tool;
  /** Three planes of the fixed scan alone, or the moving scan's below them. */
  readonly layout: "three" | "six";
  readonly active: PlaneName;
  readonly mode: Mode;
  /** What is compared with the fixed scan. */
  readonly against: "warped" | "moving-scan";
  /** The slider: share of a blend, place of the swipe. */
  readonly share: number;
  readonly window: Window;
  readonly map: MapName | undefined;
  readonly opacity: number;
  readonly vectors: "none" | "arrows" | "grid";
  readonly keypoints: boolean;
  readonly cursor: Readonly<Record<Space, Point>>;
  readonly centre: Readonly<Record<Space, Point>>;
  /** 1 where the fixed scan just fits into each of its panes. */
  readonly zoom: number;
}

export type SceneStore = Store<Scene>;

/** What a fresh look at two scans shows. */
export function firstScene(fixed: Volume, preset: string): Scene {
  const middle = fixed.grid.middle;
  const snapped = fixed.grid.toPoint(fixed.grid.toIndex(middle).map(Math.round) as unknown as Point);
  return {
    tab: "compare",
    tool: "point",
    layout: "three",
    active: "axial",
    mode: "blend",
    against: "warped",
    share: 0.5,
    window: windowFor(fixed, preset),
    map: undefined,
    opacity: 0.7,
    vectors: "none",
    keypoints: false,
    cursor: { fixed: snapped, moving: snapped },
    centre: { fixed: middle, moving: middle },
    zoom: 1,
  };
}

/** Windows in Hounsfield units, as radiologists name them. */
export const WINDOWS: Readonly<Record<string, Window>> = {
  Lung: { low: -1350, width: 1500 },
  "Soft tissue": { low: -160, width: 400 },
  Liver: { low: -20, width: 160 },
  Bone: { low: -500, width: 1800 },
};

/** From the darkest to the brightest hundredth: for scans that are no CT, and for a look at everything. */
export function wholeWindow(scan: Volume): Window {
  const [low, high] = quantiles(scan.values, [0.01, 0.995]) as [number, number];
  return { low, width: Math.max(high - low, 1e-3) };
}

function windowFor(fixed: Volume, preset: string): Window {
  const [low] = quantiles(fixed.values, [0.02]) as [number];
  if (low > -500) return wholeWindow(fixed);
  return WINDOWS[preset === "thorax" ? "Lung" : "Soft tissue"]!;
}

/** Move the cursor of a scan; the cursor of the other one goes along until the service has said where it belongs. */
export function moveCursor(scene: SceneStore, point: Point): void {
  const { cursor } = scene.now;
  const step = minus(point, cursor.fixed);
  scene.change({ cursor: { fixed: point, moving: plus(cursor.moving, step) } });
}

/** Move the cursor to a point; where not all of the scan is seen, bring it to the middle of every pane. */
export function goTo(scene: SceneStore, point: Point): void {
  moveCursor(scene, point);
  const { cursor, zoom } = scene.now;
  if (zoom <= 1) return;
  scene.change({ centre: { fixed: cursor.fixed, moving: cursor.moving } });
}

/** Shift what the panes of both scans show by some mm. */
export function shiftCentre(scene: SceneStore, by: Point): void {
  const { centre } = scene.now;
  scene.change({ centre: { fixed: plus(centre.fixed, by), moving: plus(centre.moving, by) } });
}
