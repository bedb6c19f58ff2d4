// Rows of buttons of which one is pressed, sliders with a name, tables of figures.
import { button, element } from "./element";

export interface Choice<Value> {
  readonly element: HTMLElement;
  show(value: Value): void;
}

/** Buttons of which one is pressed: [what it says, what it means, what a longer word on it would be]. */
export function choice<Value>(name: string, options: readonly (readonly [string, Value, string?])[], chosen: (value: Value) => void): Choice<Value> {
  const buttons = options.map(([text, value, hint]) => button(text, () => chosen(value), { title: hint }));
  return {
    element: element("div", { class: "choice", role: "group", "aria-label": name }, buttons),
    show: (value) => options.forEach(([, own], n) => buttons[n]!.setAttribute("aria-pressed", String(own === value))),
  };
}

export function slider(name: string, changed: (share: number) => void): { element: HTMLElement; show(share: number): void } {
  const input = element("input", { type: "range", min: "0", max: "1", step: "0.01", "aria-label": name });
  input.addEventListener("input", () => changed(Number(input.value)));
  const made = element("label", { class: "slider" }, [element("span", { text: name }), input]);
  return { element: made, show: (share) => (input.value = String(share)) };
}

export function section(title: string, children: readonly (Node | string)[]): HTMLElement {
  return element("section", { class: "block" }, [element("h3", { text: title }), ...children]);
}

export function figures(rows: readonly (readonly [string, string])[]): HTMLElement {
  const lines = rows.map(([name, value]) => element("tr", {}, [element("th", { text: name }), element("td", { text: value })]));
  return element("table", { class: "figures" }, [element("tbody", {}, lines)]);
}

export function number(value: number | null | undefined, digits = 2, unit = ""): string {
  return value === null || value === undefined || Number.isNaN(value) ? "–" : `${value.toFixed(digits)}${unit}`;
}
