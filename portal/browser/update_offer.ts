import { kitText } from "../view/kit/mod.ts";

/**
 * Says that there is a newer page, and loads it on a press: never by itself, since somebody may be in the middle of something. Once; it stays until
 * it is pressed.
 */
export function offerUpdate(page: Document): void {
  if (page.querySelector(".update-offer") !== null) return;
  const place = page.createElement("div");
  place.className = "update-offer toast";
  place.setAttribute("role", "status");
  page.body.append(place);
  const words = page.createElement("p");
  words.textContent = kitText("update");
  const button = page.createElement("button");
  button.type = "button";
  button.className = "button quiet";
  button.textContent = kitText("update-load");
  button.addEventListener("click", () => location.reload());
  // Words that come into a live region are read out; those that come with it are not.
  place.append(words, button);
}
