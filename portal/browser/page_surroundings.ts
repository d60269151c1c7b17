import type { Surroundings } from "../engine/link/surroundings.ts";

/** What a browser says of its network, and of whether the page is looked at. */
export class PageSurroundings implements Surroundings {
  get online(): boolean {
    return navigator.onLine;
  }

  listen(hear: (change: "woken" | "cut") => void): void {
    addEventListener("online", () => hear("woken"));
    addEventListener("offline", () => hear("cut"));
    // It was kept as it stood, its connections were not.
    addEventListener("pageshow", (event) => {
      if (event.persisted) hear("woken");
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") hear("woken");
    });
  }
}
