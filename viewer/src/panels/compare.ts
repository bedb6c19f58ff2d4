// The panel that says how both scans are shown together.
import type { Mode } from "../drawing/shader";
import type { Volume } from "../scans/volume";
import { WINDOWS, wholeWindow, type SceneStore, type Window } from "../viewing/scene";
import { button, element } from "../widgets/element";
import { choice, number, section, slider } from "../widgets/controls";

const MODES: readonly (readonly [string, Mode, string])[] = [
  ["Fixed", "first", "F"],
  ["Other", "second", "W"],
  ["Blend", "blend", "B"],
  ["Colours", "colours", "O: the fixed scan blue, the other one orange; grey where they agree"],
  ["Checker", "checker", "C"],
  ["Swipe", "swipe", "S"],
  ["Difference", "difference", "D: blue where the other scan is darker, orange where it is brighter"],
];

export function comparePanel(scene: SceneStore, fixed: Volume): HTMLElement {
  const modes = choice("Show", MODES, (mode) => scene.change({ mode }));
  const against = choice("Other scan", [["Warped", "warped", "U"], ["Moving, un-warped", "moving-scan", "U"]] as const, (value) => scene.change({ against: value }));
  const share = slider("Blend / swipe", (value) => scene.change({ share: value }));
  const windows: (readonly [string, Window])[] = [...Object.entries(WINDOWS), ["Whole", wholeWindow(fixed)]];
  const presets = choice("Window", windows, (window) => scene.change({ window }));
  const layout = choice("Panes", [["Fixed scan", "three"], ["With the moving scan", "six"]] as const, (value) => scene.change({ layout: value }));
  const tools = choice("Drag to", [["Point", "point"], ["Window", "window"], ["Pan", "pan"], ["Zoom", "zoom"]] as const, (tool) => scene.change({ tool }));
  const values = element("p", { class: "quiet" });
  const show = (): void => {
    const now = scene.now;
    modes.show(now.mode);
    against.show(now.against);
    share.show(now.share);
    presets.show(windows.find(([, w]) => w.low === now.window.low && w.width === now.window.width)?.[1] as Window);
    layout.show(now.layout);
    tools.show(now.tool);
    const { low, width } = now.window;
    values.textContent = `Centre ${number(low + width / 2, 0)}, width ${number(width, 0)}. Right button and drag to change it.`;
  };
  scene.follow(show);
  show();
  return element("div", {}, [
    section("Show", [modes.element, share.element, element("p", { class: "quiet", text: "Other scan" }), against.element]),
    section("Window", [presets.element, values]),
    section("Panes", [layout.element]),
    section("Drag to", [tools.element, button("Whole scan", () => document.dispatchEvent(new Event("fit")))]),
  ]);
}
