// The address after # becomes a page: #/ is the list, #/registrations/ID is one registration.
import { onKeyNeeded, signedIn } from "./api/http";
import { homePage } from "./pages/home";
import { registrationPage } from "./pages/registration";
import { button, element } from "./widgets/element";
import { askForKey } from "./widgets/signin";

const place = element("div", { class: "page" });
const signOut = button("Sign out", leave, { class: "signout", hidden: "" });
let leaving = new AbortController();

/** A fresh page forgets everything: scans, key, history of corrections. */
function leave(): void {
  location.hash = "";
  location.reload();
}

async function route(): Promise<void> {
  leaving.abort();
  leaving = new AbortController();
  delete place.dataset["ready"];
  const id = /^#\/registrations\/([0-9a-f]+)$/.exec(location.hash)?.[1];
  await (id ? registrationPage(place, id, leaving.signal) : homePage(place));
  signOut.hidden = !signedIn();
}

onKeyNeeded(async (wrong) => {
  const key = await askForKey(wrong);
  signOut.hidden = false;
  return key;
});
const header = element("header", {}, [
  element("a", { href: "#/", class: "name", text: "kernelreg" }),
  element("span", { class: "research", text: "Research use only. Not a medical device." }),
  signOut,
]);
document.body.append(header, place);
addEventListener("hashchange", () => void route());
void route();
