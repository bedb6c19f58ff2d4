// One plane of one scan on the screen: where its pixels lie in the patient, and back.
import { ontoSlice, PLANES, edgeLetters, type Plane, type PlaneName } from "../space/plane";
import { dot, minus, plus, times, type Point } from "../space/vector";
import { button, element } from "../widgets/element";
import type { Scene, Space } from "./scene";

export class Pane {
  readonly element: HTMLElement;
  readonly plane: Plane;
  /** In CSS pixels from the top left of the stage. */
  rectangle = { left: 0, top: 0, width: 0, height: 0 };
  /** mm per CSS pixel at which the fixed scan just fits. */
  private fitting = 1;
  /** Who goes to the next slice when its buttons are pressed: fingers have no wheel. */
  onStep: (steps: number) => void = () => undefined;
  private readonly title = element("span", { class: "title" });

  constructor(
    readonly name: PlaneName,
    readonly space: Space,
  ) {
    this.plane = PLANES[name];
    const letters = Object.entries(edgeLetters(this.plane)).map(([side, text]) =>
      element("span", { class: `edge ${side}`, text }),
    );
    const step = (text: string, steps: number, what: string) =>
      button(text, () => this.onStep(steps), { "aria-label": `${what} ${name} slice of the ${space} scan` });
    const steps = element("div", { class: "steps" }, [step("▲", 1, "Next"), step("▼", -1, "Previous")]);
    steps.addEventListener("pointerdown", (event) => event.stopPropagation());
    const label = `${name} view of the ${space} scan`;
    this.element = element("div", { class: `pane ${space} ${name}`, tabindex: "0", role: "group", "aria-label": label }, [
      this.title,
      ...letters,
      steps,
    ]);
  }

  /** Take the pane's place on the stage, and the fixed scan's extent (mm along x, y, z). */
  measure(stage: DOMRect, extent: Point): void {
    const own = this.element.getBoundingClientRect();
    this.rectangle = { left: own.left - stage.left, top: own.top - stage.top, width: own.width, height: own.height };
    const [wide, high] = [Math.abs(dot(extent, this.plane.right)), Math.abs(dot(extent, this.plane.down))];
    this.fitting = Math.max(wide / Math.max(own.width, 1), high / Math.max(own.height, 1));
  }

  mmPerPixel(scene: Scene): number {
    return this.fitting / scene.zoom;
  }

  get visible(): boolean {
    return this.rectangle.width > 1 && this.rectangle.height > 1;
  }

  /** Patient point of the top left corner, in the slice through the cursor. */
  corner(scene: Scene): Point {
    const { width, height } = this.rectangle;
    const { right, down } = this.plane;
    const middle = ontoSlice(this.plane, scene.centre[this.space], scene.cursor[this.space]);
    const half = plus(times(right, (width / 2) * this.mmPerPixel(scene)), times(down, (height / 2) * this.mmPerPixel(scene)));
    return minus(middle, half);
  }

  /** Patient point under a pixel, as fine as the pointer tells it. */
  patient(scene: Scene, x: number, y: number): Point {
    const { right, down } = this.plane;
    return plus(this.corner(scene), plus(times(right, x * this.mmPerPixel(scene)), times(down, y * this.mmPerPixel(scene))));
  }

  /** Pixel of a patient point, seen along the normal. */
  pixel(scene: Scene, point: Point): [number, number] {
    const from = minus(point, this.corner(scene));
    return [dot(from, this.plane.right) / this.mmPerPixel(scene), dot(from, this.plane.down) / this.mmPerPixel(scene)];
  }

  entitle(scene: Scene): void {
    const at = dot(scene.cursor[this.space], this.plane.normal);
    const scan = this.space === "moving" ? "moving, as it is" : shownName(scene);
    this.title.textContent = `${this.name} · ${scan} · ${at.toFixed(1)} mm`;
  }
}

function shownName(scene: Scene): string {
  const other = scene.against === "warped" ? "warped" : "moving, as it is";
  if (scene.mode === "first") return "fixed";
  return scene.mode === "second" ? other : `fixed | ${other} (${scene.mode})`;
}
