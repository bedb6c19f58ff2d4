// A line at the bottom of the page that says what went wrong, or what happened; gone by itself when it is no error.
import { Refusal } from "../api/http";
import { button, element } from "./element";

const LASTS_MS = 6000;
const place = element("div", { class: "notices", role: "status", "aria-live": "polite" });

export function tell(title: string, detail = "", kind: "error" | "news" = "news"): void {
  if (!place.isConnected) document.body.append(place);
  const line = element("div", { class: `notice ${kind}` }, [element("strong", { text: title }), element("span", { text: detail })]);
  line.append(button("✕", () => line.remove(), { "aria-label": "Close" }));
  place.replaceChildren(line);
  if (kind === "news") setTimeout(() => line.remove(), LASTS_MS);
}

/** Show what was thrown: a refusal by its title and detail, anything else by its message. */
export function tellError(error: unknown): void {
  if (error instanceof DOMException && error.name === "AbortError") return;
  if (error instanceof Refusal) return tell(error.title, error.detail, "error");
  tell("This did not work", error instanceof Error ? error.message : String(error), "error");
}

/** Run something; what it throws is shown. */
export async function telling(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    tellError(error);
  }
}
