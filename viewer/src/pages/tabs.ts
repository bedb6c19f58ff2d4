// Three panels of which one is shown: compare, doubt, correct; the keys and what they do below.
import { HELP } from "../viewing/keys";
import type { SceneStore, Tab } from "../viewing/scene";
import { element } from "../widgets/element";
import { choice, figures } from "../widgets/controls";

const NAMES = [["Compare", "compare"], ["Doubt", "doubt"], ["Correct", "correct"]] as const;

export function tabs(scene: SceneStore, panels: Readonly<Record<Tab, HTMLElement>>): HTMLElement {
  const bar = choice<Tab>("Panels", NAMES, (tab) => scene.change(tab === "correct" ? { tab, layout: "six" } : { tab }));
  bar.element.classList.add("tabs");
  const show = (): void => {
    bar.show(scene.now.tab);
    for (const [tab, panel] of Object.entries(panels)) panel.hidden = tab !== scene.now.tab;
  };
  scene.follow(show);
  show();
  const help = element("details", { class: "help" }, [element("summary", { text: "Keys, mouse and fingers" }), figures(HELP)]);
  return element("div", { class: "panels" }, [bar.element, ...Object.values(panels), help]);
}
