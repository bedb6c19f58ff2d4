// A box that asks for the API key when the service wants one.
import { element } from "./element";

/** Resolves with what was typed. There is no way out but a key: without one there is nothing to see. */
export function askForKey(wrong: boolean): Promise<string> {
  const input = element("input", { type: "password", name: "key", required: "", autocomplete: "off", "aria-label": "API key" });
  const form = element("form", { method: "dialog" }, [
    element("h2", { text: "Sign in" }),
    element("p", { text: wrong ? "The service does not know this key." : "This service asks for an API key." }),
    input,
    element("p", { class: "quiet", text: "It stays in this page's memory and is gone when you sign out or leave." }),
    element("button", { type: "submit", text: "Sign in" }),
  ]);
  const dialog = element("dialog", {}, [form]);
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((signedIn) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      signedIn(input.value.trim());
    });
  });
}
