import { render } from "preact";
import { effect } from "@preact/signals-core";
import { systemClock, TimerQueues } from "../../foundation/mod.ts";
import { RestProblem, type SessionAnswer } from "../engine/doors.ts";
import { PortalLink } from "../engine/link/portal_link.ts";
import { createEngine } from "../engine/portal_engine.ts";
import { HttpRest } from "../engine/rest.ts";
import type { PortalModel } from "../model/mod.ts";
import { App } from "../view/app.tsx";
import { Preferences } from "../view/preferences.ts";
import { storageOf, storeOf } from "./browser_store.ts";
import { BrowserTabs } from "./browser_tabs.ts";
import { consoleLog } from "./console_log.ts";
import { clearBadge, showBadge } from "./page_badge.ts";
import { startNotifier } from "./notifier.ts";
import { followLanguage } from "./page_language.ts";
import { closeSession, keepSession, noteSignedOut, openSession, SIGNED_OUT } from "./page_session.ts";
import { PageSurroundings } from "./page_surroundings.ts";
import { offerUpdate } from "./update_offer.ts";
import { tabInstance } from "./tab_instance.ts";
import { registerWorker } from "./worker_registration.ts";

/** Puts the page together, shows it, and begins. */
export async function openPage(root: HTMLElement, session: SessionAnswer): Promise<void> {
  const log = consoleLog;
  const kept = storageOf("localStorage");
  const store = storeOf(session.aor);
  const preferences = new Preferences(store);
  const timers = new TimerQueues(systemClock, (error) => log.error("a timer failed", { error: String(error) }));
  let endNotifier = () => {};
  /** Nothing of the user is left to be seen: the next at this browser may be somebody else. */
  const leave = () => {
    endNotifier();
    clearBadge();
    render(null, root);
    location.replace("/portal");
  };
  const link = new PortalLink({
    session,
    async openSession() {
      const next = await openSession(kept);
      // Another user has signed in at another tab of this browser: this page is not theirs.
      if (next.aor !== session.aor) {
        location.reload();
        throw new RestProblem({ status: 0, text: "", retryAfter: 0, fields: {} });
      }
      keepSession(kept, next);
      return next;
    },
    closeSession: () => closeSession(kept),
    instance: tabInstance(storageOf("sessionStorage"), globalThis),
    baseUrl: location.origin,
    makeSocket: (url, protocol) => new WebSocket(url, protocol),
    surroundings: new PageSurroundings(),
    clock: systemClock,
    timers,
    log,
  });
  const rest = new HttpRest({ origin: "", onSignedOut: () => link.signedOut() });
  const engine = createEngine({ link, rest, store, tabs: new BrowserTabs(session.aor), clock: systemClock, timers });
  const model: PortalModel = {
    ...engine,
    async signOut() {
      noteSignedOut(kept, session.aor);
      try {
        await engine.signOut();
      } finally {
        leave();
      }
    },
  };
  addEventListener("storage", (event) => {
    if (event.key === SIGNED_OUT && event.newValue === session.aor) {
      store.clear();
      leave();
    }
    if (event.key?.endsWith(":preferences")) preferences.reread();
  });
  effect(() => {
    if (link.state.value === "signed-out") keepSession(kept, null);
  });
  await followLanguage(preferences);
  showBadge(model.conversations.unread, preferences);
  root.replaceChildren();
  render(<App model={model} preferences={preferences} />, root);
  endNotifier = startNotifier({ model, preferences });
  timers.run();
  link.start();
  addEventListener("pagehide", () => model.conversations.keepDrafts());
  // Behind all that the page needs itself. A service that comes back may have been renewed meanwhile.
  const lookForNewer = await registerWorker(() => offerUpdate(document));
  let wasOnline = link.state.peek() === "online", isLost = false;
  link.state.subscribe((state) => {
    if (state !== "online") isLost = wasOnline;
    else if (isLost) lookForNewer();
    if (state === "online") [wasOnline, isLost] = [true, false];
  });
}
