import type { Alert, PortalModel } from "../model/mod.ts";
import type { EngineParts } from "./doors.ts";
import { Asked } from "./asks/asked.ts";
import { Conversations } from "./conversations/conversations.ts";
import { History } from "./history/history.ts";
import { LeftStore } from "./left_store.ts";
import { hearTabs } from "./people/hear_tabs.ts";
import { People } from "./people/people.ts";
import { Rooms } from "./rooms/rooms.ts";
import { Settings } from "./settings/settings.ts";

/** For other tabs: this browser is nobody's any more. */
const SIGNED_OUT = "signed-out";

/** What is told of an alert. */
export class Alerts {
  readonly #listeners = new Set<(alert: Alert) => void>();

  readonly tell = (alert: Alert): void => {
    for (const listener of this.#listeners) listener(alert);
  };

  /** Gives what ends it. */
  listen(listener: (alert: Alert) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

/** All of the portal behind the page. The link is to be started afterwards. */
export function createEngine(given: Omit<EngineParts, "alert">): PortalModel {
  const alerts = new Alerts();
  const store = new LeftStore(given.store);
  const parts: EngineParts = { ...given, store, alert: alerts.tell };
  const { link, tabs } = parts;
  const settings = new Settings(parts);
  const people = new People(parts);
  const conversations = new Conversations(parts, { people, settings });
  const rooms = new Rooms(parts, { people, conversations });
  const history = new History(parts, { people });
  const asks = new Asked(parts, { people, conversations });
  hearTabs(tabs, (value) => {
    if (value === SIGNED_OUT) store.leave();
  });
  return {
    me: link.me,
    limits: link.limits,
    link,
    conversations,
    people,
    rooms,
    history,
    settings,
    asks,
    onAlert: (tell) => alerts.listen(tell),
    async signOut() {
      try {
        await link.signOut();
      } finally {
        store.leave();
        // They write to the same store.
        tabs.post(SIGNED_OUT);
      }
    },
  };
}
