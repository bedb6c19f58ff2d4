// Mouse, pen and fingers on a pane become: point here, pan, zoom, window, next slice.
import type { Pane } from "./pane";
import type { SceneStore, Tool } from "./scene";

export type Phase = "start" | "move" | "end";

/** What a hand can do; distances in CSS pixels. */
export interface Hand {
  point(pane: Pane, x: number, y: number, phase: Phase): void;
  pan(pane: Pane, dx: number, dy: number): void;
  zoom(pane: Pane, factor: number, x: number, y: number): void;
  window(dx: number, dy: number): void;
  slice(pane: Pane, steps: number): void;
}

interface Finger {
  x: number;
  y: number;
}

/** Follow everything that happens on a pane. */
export function attach(pane: Pane, scene: SceneStore, hand: Hand): void {
  const fingers = new Map<number, Finger>();
  let tool: Tool = "point";
  const surface = pane.element;
  pane.onStep = (steps) => hand.slice(pane, steps);
  surface.addEventListener("contextmenu", (event) => event.preventDefault());
  surface.addEventListener("pointerdown", (event) => {
    surface.setPointerCapture(event.pointerId);
    surface.focus({ preventScroll: true });
    fingers.set(event.pointerId, at(event));
    if (fingers.size > 1) return;
    tool = toolOf(event, scene.now.tool);
    scene.change({ active: pane.name });
    if (tool === "point") hand.point(pane, ...place(event), "start");
  });
  surface.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = at(event);
    const others = [...fingers].filter(([id]) => id !== event.pointerId).map(([, finger]) => finger);
    fingers.set(event.pointerId, now);
    if (others.length) return pinch(pane, hand, before, now, others[0]!, surface);
    const [dx, dy] = [now.x - before.x, now.y - before.y];
    if (tool === "point") hand.point(pane, ...place(event), "move");
    if (tool === "pan") hand.pan(pane, dx, dy);
    if (tool === "window") hand.window(dx, dy);
    if (tool === "zoom") hand.zoom(pane, Math.exp(dy / 150), surface.clientWidth / 2, surface.clientHeight / 2);
  });
  const lift = (event: PointerEvent): void => {
    if (fingers.delete(event.pointerId) && !fingers.size && tool === "point") hand.point(pane, ...place(event), "end");
  };
  surface.addEventListener("pointerup", lift);
  surface.addEventListener("pointercancel", lift);
  surface.addEventListener("wheel", (event) => wheel(event, pane, hand), { passive: false });
}

/** The left button does what was chosen, the right one windows, the middle one and Shift pan. */
function toolOf(event: PointerEvent, chosen: Tool): Tool {
  if (event.button === 2) return "window";
  return event.button === 1 || event.shiftKey ? "pan" : chosen;
}

function wheel(event: WheelEvent, pane: Pane, hand: Hand): void {
  event.preventDefault();
  if (event.ctrlKey) hand.zoom(pane, Math.exp(event.deltaY / 300), ...place(event));
  else hand.slice(pane, -Math.sign(event.deltaY));
}

/** Two fingers: what lies between them stays between them. */
function pinch(pane: Pane, hand: Hand, before: Finger, now: Finger, other: Finger, surface: HTMLElement): void {
  const gap = (finger: Finger) => Math.max(10, Math.hypot(finger.x - other.x, finger.y - other.y));
  const own = surface.getBoundingClientRect();
  hand.pan(pane, (now.x - before.x) / 2, (now.y - before.y) / 2);
  hand.zoom(pane, gap(before) / gap(now), (now.x + other.x) / 2 - own.left, (now.y + other.y) / 2 - own.top);
}

function at(event: PointerEvent): Finger {
  return { x: event.clientX, y: event.clientY };
}

/** Where on its pane an event happened, in fractions of a pixel where the device tells them. */
function place(event: MouseEvent): [number, number] {
  const own = (event.currentTarget as HTMLElement).getBoundingClientRect();
  return [event.clientX - own.left, event.clientY - own.top];
}
