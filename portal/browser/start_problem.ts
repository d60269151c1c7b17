import { RestProblem } from "../engine/doors.ts";
import { language } from "../texts/kit.ts";
import { t, useBrowserLanguage } from "./texts.ts";

/** Says in plain words why the page did not start, with a button to try again. Stands on nothing that may have failed to load. */
export function showProblem(root: HTMLElement, error: unknown, again: () => void): void {
  console.error("the page did not start", error);
  useBrowserLanguage();
  document.documentElement.lang = language.value.tag;
  const said = document.createElement("p");
  said.role = "alert";
  said.textContent = textOf(error);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  const signedOut = error instanceof RestProblem && error.status === 401;
  button.textContent = t(signedOut ? "sign-in" : "again");
  button.addEventListener("click", () => {
    if (signedOut) return location.assign("/portal");
    button.disabled = true;
    again();
  });
  const problem = document.createElement("div");
  problem.className = "starting";
  problem.append(said, button);
  root.replaceChildren(problem);
  button.focus();
}

function textOf(error: unknown): string {
  if (!(error instanceof RestProblem)) {
    return t("failed", { text: error instanceof Error ? error.message : String(error) });
  }
  if (error.status === 401) return t("signed-out");
  return error.text === "" ? t("no-answer") : t("refused", { text: error.text });
}
