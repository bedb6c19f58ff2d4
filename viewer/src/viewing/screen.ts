// The stage: panes of two scans over one canvas, drawn anew whenever the scene changes.
import { JACOBIAN_RANGE, type MapRange } from "../drawing/ranges";
import { Slices, type Slice } from "../drawing/slices";
import { PLANE_NAMES } from "../space/plane";
import { times } from "../space/vector";
import { element } from "../widgets/element";
import { Pane } from "./pane";
import type { Scene, SceneStore } from "./scene";

export type Marker = (context: CanvasRenderingContext2D, pane: Pane, scene: Scene) => void;

const SQUARE = 48;
/** Edge of a checkerboard's square, CSS pixels. */

export class Screen {
  readonly panes = (["fixed", "moving"] as const).flatMap((space) => PLANE_NAMES.map((name) => new Pane(name, space)));
  readonly slices: Slices;
  readonly element: HTMLElement;
  /** Draw on top of the slices, in order. */
  readonly markers: Marker[] = [];
  mapRange: MapRange = JACOBIAN_RANGE;
  private readonly scans = element("canvas", { class: "scans" });
  private readonly marks = element("canvas", { class: "marks" });
  private waiting = 0;

  constructor(readonly scene: SceneStore) {
    this.slices = new Slices(this.scans);
    this.element = element("section", { class: "stage" }, [this.scans, this.marks, ...this.panes.map((p) => p.element)]);
    scene.follow(() => this.redraw());
    new ResizeObserver(() => this.resize()).observe(this.element);
  }

  /** Draw before the next frame, once, however often this is asked for. */
  redraw(): void {
    this.waiting ||= requestAnimationFrame(() => this.draw());
  }

  /** Draw now. */
  draw(): void {
    cancelAnimationFrame(this.waiting);
    this.waiting = 0;
    const scene = this.scene.now;
    this.element.dataset["layout"] = scene.layout;
    this.element.dataset["tool"] = scene.tool;
    const stage = this.element.getBoundingClientRect();
    for (const pane of this.panes) pane.measure(stage);
    const seen = this.panes.filter((pane) => pane.visible);
    this.slices.draw(seen.map((pane) => this.slice(pane, scene)));
    this.mark(seen, scene);
  }

  /** Choose the zoom at which the fixed scan just fits into its panes. */
  fit(extent: readonly [number, number, number]): void {
    const [x, y, z] = extent;
    const needs = { axial: [x, y], coronal: [x, z], sagittal: [y, z] } as const;
    const stage = this.element.getBoundingClientRect();
    const scales = this.panes.map((pane) => {
      pane.measure(stage);
      const [width, height] = needs[pane.name];
      return pane.visible ? Math.max(width / pane.rectangle.width, height / pane.rectangle.height) : 0;
    });
    this.scene.change({ mmPerPixel: Math.max(...scales, 1e-3) });
  }

  private resize(): void {
    const { width, height } = this.element.getBoundingClientRect();
    for (const canvas of [this.scans, this.marks]) {
      canvas.width = Math.round(width * devicePixelRatio);
      canvas.height = Math.round(height * devicePixelRatio);
    }
    this.draw();
  }

  private slice(pane: Pane, scene: Scene): Slice {
    const ratio = devicePixelRatio;
    const { left, top, width, height } = pane.rectangle;
    const edges = [left, top, left + width, top + height].map((v) => Math.round(v * ratio)) as [number, number, number, number];
    const rectangle = { left: edges[0], top: edges[1], width: edges[2] - edges[0], height: edges[3] - edges[1] };
    const fixed = pane.space === "fixed";
    return {
      rectangle,
      corner: pane.corner(scene),
      right: times(pane.plane.right, scene.mmPerPixel / ratio),
      down: times(pane.plane.down, scene.mmPerPixel / ratio),
      first: fixed ? "fixed-scan" : "moving-scan",
      second: fixed ? scene.against : "moving-scan",
      mode: fixed ? scene.mode : "first",
      share: scene.share,
      square: SQUARE * ratio,
      window: scene.window,
      overlay: fixed && scene.map ? { name: scene.map, opacity: scene.opacity, ...this.mapRange } : undefined,
    };
  }

  private mark(seen: readonly Pane[], scene: Scene): void {
    const context = this.marks.getContext("2d")!;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.marks.width, this.marks.height);
    for (const pane of seen) {
      const { left, top, width, height } = pane.rectangle;
      context.save();
      context.beginPath();
      context.rect(left, top, width, height);
      context.clip();
      context.translate(left, top);
      for (const marker of this.markers) marker(context, pane, scene);
      context.restore();
      pane.entitle(scene);
    }
  }
}
