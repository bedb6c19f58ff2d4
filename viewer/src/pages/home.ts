// The first page: two scans become a registration; the list of those there are.
import * as registrations from "../api/registrations";
import type { Registration } from "../api/model";
import { button, element } from "../widgets/element";
import { section } from "../widgets/controls";
import { telling } from "../widgets/notice";
import { scanChooser } from "./scan";

/** What "quick" leaves out is what makes a registration good; it is there to see whether two scans go together. */
const EFFORTS = { thorough: {}, quick: { finish: false, keypoints: { max: 1024 } } } as const;
const PRESETS = [["auto", "Choose the window for me"], ["thorax", "Thorax"], ["abdomen", "Abdomen"]] as const;

export async function homePage(place: HTMLElement): Promise<void> {
  const fixed = scanChooser("Fixed scan", "The scan that stays as it is.", () => ready());
  const moving = scanChooser("Moving scan", "The scan that is brought onto it.", () => ready());
  const preset = element("select", { "aria-label": "Preset" }, PRESETS.map(([value, text]) => element("option", { value, text })));
  const effort = element("select", { "aria-label": "Effort" }, [
    element("option", { value: "thorough", text: "Thorough" }),
    element("option", { value: "quick", text: "Quick look, less exact" }),
  ]);
  const start = button("Register", () => telling(begin), { class: "main" });
  const list = element("div", { class: "list" }, ["Loading …"]);
  const ready = (): void => void (start.disabled = !fixed.id() || !moving.id());
  const begin = async (): Promise<void> => {
    start.disabled = true;
    try {
      const wanted = { fixed: fixed.id()!, moving: moving.id()!, preset: preset.value };
      const made = await registrations.start({ ...wanted, ...EFFORTS[effort.value as keyof typeof EFFORTS] });
      location.hash = `#/registrations/${made.id}`;
    } finally {
      ready();
    }
  };
  ready();
  place.replaceChildren(
    element("main", { class: "home" }, [
      section("New registration", [element("div", { class: "pair" }, [fixed.element, moving.element]), element("div", { class: "start" }, [preset, effort, start])]),
      section("Your registrations", [list]),
    ]),
  );
  const show = async (): Promise<void> => {
    const all = await registrations.listed();
    list.replaceChildren(all.length ? table(all, () => telling(show)) : "None yet.");
    const known = [...new Set(all.flatMap((one) => [one.request.fixed, one.request.moving]))];
    for (const chooser of [fixed, moving]) chooser.offer(known);
  };
  await telling(show);
}

function table(all: readonly Registration[], changed: () => void): HTMLElement {
  const rows = all.map((one) => {
    const link = element("a", { href: `#/registrations/${one.id}`, text: new Date(one.created_at).toLocaleString() });
    const state = one.state === "running" ? `${one.stage ?? "running"} ${Math.round(100 * one.progress)} %` : one.state;
    const remove = button("Delete", () => telling(() => removed(one, changed)));
    const cells = [link, state, one.request.preset, one.revision ? `revision ${one.revision}` : "", remove];
    return element("tr", {}, cells.map((cell) => element("td", {}, [cell])));
  });
  const head = ["Started", "State", "Preset", "Corrections", ""].map((text) => element("th", { text }));
  return element("table", { class: "registrations" }, [element("thead", {}, [element("tr", {}, head)]), element("tbody", {}, rows)]);
}

async function removed(one: Registration, changed: () => void): Promise<void> {
  if (!confirm("Delete this registration and everything that was made of it?")) return;
  await registrations.purge(one.id);
  changed();
}
