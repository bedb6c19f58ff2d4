// The stage: panes of two scans over one canvas, drawn anew whenever the scene changes.
import { JACOBIAN_RANGE, type MapRange } from "../drawing/ranges";
import { Slices, type Rectangle, type Slice } from "../drawing/slices";
import type { Box } from "../scans/volume";
import { cut, widened } from "../space/cut";
import type { Grid } from "../space/grid";
import { PLANE_NAMES } from "../space/plane";
import { times, type Point } from "../space/vector";
import { element } from "../widgets/element";
import { Pane } from "./pane";
import type { Scene, SceneStore } from "./scene";

export type Marker = (context: CanvasRenderingContext2D, pane: Pane, scene: Scene) => void;

const SEEN = ["layout", "mode", "against", "share", "window", "map", "opacity", "cursor", "centre", "zoom"] as const;
/** What of the scene the slices show; everything else is drawn over them. */
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
  /** What each pane showed when it was last drawn. */
  private readonly drawn = new Map<Pane, string>();
  private waiting = 0;
  private marking = 0;

  /** extent: of the fixed scan, mm along x, y and z. */
  constructor(
    readonly scene: SceneStore,
    private readonly extent: Point,
  ) {
    this.slices = new Slices(this.scans);
    this.element = element("section", { class: "stage" }, [this.scans, this.marks, ...this.panes.map((p) => p.element)]);
    scene.follow((now, before) => (SEEN.some((key) => now[key] !== before[key]) ? this.redraw() : this.remark()));
    new ResizeObserver(() => this.resize()).observe(this.element);
  }

  /** Draw what has changed before the next frame, once, however often this is asked for. */
  redraw(): void {
    this.waiting ||= requestAnimationFrame(() => this.draw());
  }

  /** The same for everything: a volume was replaced, or the stage has another size. */
  redrawAll(): void {
    this.drawn.clear();
    this.redraw();
  }

  /** Draw what lies over the slices before the next frame. */
  remark(): void {
    this.marking ||= requestAnimationFrame(() => this.mark());
  }

  /** Draw now. */
  draw(): void {
    cancelAnimationFrame(this.waiting);
    this.waiting = 0;
    const scene = this.scene.now;
    if (this.element.dataset["layout"] !== scene.layout) this.drawn.clear();
    this.element.dataset["layout"] = scene.layout;
    const stage = this.element.getBoundingClientRect();
    for (const pane of this.panes) pane.measure(stage, this.extent);
    if (!this.drawn.size) this.slices.clear();
    const changed = this.seen.flatMap((pane) => {
      const slice = this.slice(pane, scene);
      const known = JSON.stringify(slice);
      return this.drawn.get(pane) === known ? [] : (this.drawn.set(pane, known), [slice]);
    });
    this.slices.draw(changed);
    this.mark();
  }

  /** Draw only what shows a block of voxels of the fixed scan's grid, now: a corrected block is seen at once. */
  drawBlock(grid: Grid, box: Box): void {
    const scene = this.scene.now;
    const slices = this.seen.filter((pane) => pane.space === "fixed").flatMap((pane) => {
      const corners = cut(pane.plane, scene.cursor.fixed, grid, widened(box)).map((point) => pane.pixel(scene, point));
      const slice = this.slice(pane, scene);
      return corners.length ? [{ ...slice, part: within(slice.rectangle, corners) }] : [];
    });
    this.slices.draw(slices);
  }

  private resize(): void {
    const { width, height } = this.element.getBoundingClientRect();
    for (const canvas of [this.scans, this.marks]) {
      canvas.width = Math.round(width * devicePixelRatio);
      canvas.height = Math.round(height * devicePixelRatio);
    }
    this.drawn.clear();
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
      part: undefined,
      corner: pane.patient(scene, edges[0] / ratio - left, edges[1] / ratio - top),
      right: times(pane.plane.right, pane.mmPerPixel(scene) / ratio),
      down: times(pane.plane.down, pane.mmPerPixel(scene) / ratio),
      first: fixed ? "fixed-scan" : "moving-scan",
      second: fixed ? scene.against : "moving-scan",
      mode: fixed ? scene.mode : "first",
      share: scene.share,
      square: SQUARE * ratio,
      window: scene.window,
      overlay: fixed && scene.map ? { name: scene.map, opacity: scene.opacity, ...this.mapRange } : undefined,
    };
  }

  private get seen(): Pane[] {
    return this.panes.filter((pane) => pane.visible);
  }

  private mark(): void {
    cancelAnimationFrame(this.marking);
    this.marking = 0;
    const scene = this.scene.now;
    this.element.dataset["tool"] = scene.tool;
    const context = this.marks.getContext("2d")!;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.marks.width, this.marks.height);
    for (const pane of this.seen) {
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

/** The rectangle of the canvas around some pixels (CSS) of a pane, cut to the pane. */
function within(pane: Rectangle, corners: readonly (readonly [number, number])[]): Rectangle {
  const ends = (axis: 0 | 1, most: number) => {
    const along = corners.map((corner) => corner[axis] * devicePixelRatio);
    const clamped = (v: number) => Math.min(Math.max(v, 0), most);
    return [clamped(Math.floor(Math.min(...along))), clamped(Math.ceil(Math.max(...along)))] as const;
  };
  const [x0, x1] = ends(0, pane.width);
  const [y0, y1] = ends(1, pane.height);
  return { left: pane.left + x0, top: pane.top + y0, width: x1 - x0, height: y1 - y0 };
}
