// One registration: its progress while it runs, what became of it, and the result once there is one.
import { states } from "../api/events";
import * as registrations from "../api/registrations";
import type { Registration } from "../api/model";
import { button, element } from "../widgets/element";
import { tellError, telling } from "../widgets/notice";
import { resultPage } from "./result";

export async function registrationPage(place: HTMLElement, id: string, signal: AbortSignal): Promise<void> {
  try {
    let { registration } = await registrations.read(id);
    if (["queued", "running", "cancelling"].includes(registration.state))
      for await (registration of states(id, signal)) showProgress(place, registration);
    if (signal.aborted) return;
    if (registration.state === "succeeded") await resultPage(place, id, signal);
    else showEnd(place, registration);
  } catch (error) {
    if (signal.aborted) return;
    place.replaceChildren(element("main", { class: "waiting" }, [element("p", { text: "This registration cannot be shown." }), home()]));
    tellError(error);
  }
}

function showProgress(place: HTMLElement, registration: Registration): void {
  const percent = Math.round(100 * registration.progress);
  const words = registration.state === "queued" ? "Waiting for a worker" : (registration.stage ?? "Starting");
  place.replaceChildren(
    element("main", { class: "waiting" }, [
      element("h2", { text: "Registering" }),
      element("p", { text: `${words} · ${percent} %`, role: "status" }),
      element("progress", { max: "100", value: String(percent) }),
      element("div", { class: "choice" }, [button("Cancel", () => telling(() => registrations.cancel(registration.id))), home()]),
    ]),
  );
}

function showEnd(place: HTMLElement, registration: Registration): void {
  const title = registration.state === "cancelled" ? "This registration was cancelled" : "This registration failed";
  const detail = registration.error?.detail ?? "";
  place.replaceChildren(element("main", { class: "waiting" }, [element("h2", { text: title }), element("p", { text: detail }), home()]));
}

export function home(): HTMLElement {
  return element("a", { href: "#/", text: "All registrations" });
}
