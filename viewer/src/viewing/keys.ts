// Keys and what they do; none of them while someone types.
import type { Mode } from "../drawing/shader";
import type { Navigation } from "./navigation";
import type { Screen } from "./screen";
import { WINDOWS } from "./scene";

export interface Doings {
  undo(): void;
  redo(): void;
  remove(): void;
  drop(): void;
}

/** Shown by the page's help. */
export const HELP: readonly (readonly [string, string])[] = [
  ["Page Up, Page Down, wheel", "next slice"],
  ["Arrows", "move the cross-hair"],
  ["+ and −, Ctrl + wheel, two fingers", "zoom"],
  ["Shift + drag, middle button, two fingers", "pan"],
  ["Right button + drag", "window"],
  ["1 2 3 4", "lung, soft tissue, liver, bone"],
  ["F W B O C S D", "fixed, warped, blend, colours, checkerboard, swipe, difference"],
  ["U", "warped or un-warped moving scan"],
  ["Ctrl + Z, Ctrl + Shift + Z", "undo, redo a correction"],
  ["Delete, Escape", "delete the chosen correction, let it go"],
];
const MODE_KEYS: Readonly<Record<string, Mode>> = {
  f: "first", w: "second", b: "blend", o: "colours", c: "checker", s: "swipe", d: "difference",
};

export function attachKeys(screen: Screen, navigation: Navigation, doings: Doings): () => void {
  const { scene } = screen;
  const active = () => screen.panes.find((pane) => pane.space === "fixed" && pane.name === scene.now.active)!;
  const zoom = (factor: number) => {
    const { width, height } = active().rectangle;
    navigation.zoom(active(), factor, width / 2, height / 2);
  };
  const plain: Readonly<Record<string, () => void>> = {
    PageUp: () => navigation.slice(active(), 1),
    PageDown: () => navigation.slice(active(), -1),
    ArrowLeft: () => navigation.nudge(-1, 0),
    ArrowRight: () => navigation.nudge(1, 0),
    ArrowUp: () => navigation.nudge(0, -1),
    ArrowDown: () => navigation.nudge(0, 1),
    "+": () => zoom(0.8),
    "-": () => zoom(1.25),
    u: () => scene.change({ against: scene.now.against === "warped" ? "moving-scan" : "warped" }),
    Delete: doings.remove,
    Backspace: doings.remove,
    Escape: doings.drop,
  };
  const pressed = (event: KeyboardEvent): void => {
    if (typing(event.target)) return;
    const done = (): void => event.preventDefault();
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey) {
      if (key === "z") return done(), event.shiftKey ? doings.redo() : doings.undo();
      if (key === "y") return done(), doings.redo();
      return;
    }
    const window = Object.values(WINDOWS)[Number(key) - 1];
    if (plain[key]) return done(), plain[key]();
    if (window) return done(), scene.change({ window });
    if (MODE_KEYS[key]) return done(), scene.change({ mode: MODE_KEYS[key] });
  };
  document.addEventListener("keydown", pressed);
  return () => document.removeEventListener("keydown", pressed);
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement || document.querySelector("dialog[open]") !== null;
}
