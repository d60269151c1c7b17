import { compose, type Composition, type PresenceSource } from "./compose.ts";
import { EVERYTHING_PROVIDED } from "./provided_presence.ts";
import type { ServiceContent } from "./presence_content.ts";
import type { PresenceView } from "./presence_view.ts";
import { parsePresence } from "./read_presence.ts";
import { PresenceRights } from "./presence_rights.ts";
import { writePresence } from "./write_presence.ts";

const EVERYTHING = new PresenceRights(EVERYTHING_PROVIDED);

/**
 * What is known of somebody who is not there: services that are closed, no person, no device, no time (RFC 5025 §3.2.1). For
 * polite blocking and for who is invisible; to be believed it must be what watchers see of those who really are away, so it
 * serves for them, too. `services` are those that the service itself would show then; left out, one at the presentity's address.
 * `salt` as of `readPresence`: services keep the ids by which watchers know them. `others`: what is known of the presentity whether
 * it is there or not, as of `now`, ms since 1970; that the services are closed is newer than anything known of time 0.
 */
export function offlineComposition(
  entity: string,
  salt: string,
  services?: readonly ServiceContent[],
  others: readonly PresenceSource[] = [],
  now = 0,
): Composition {
  const shown = services ?? [{ id: "offline", contact: entity }];
  const text = writePresence({
    entity,
    services: shown.map((service) => ({ ...service, basic: "closed", notes: undefined, timestamp: undefined })),
  });
  const source = { key: "offline", document: parsePresence(text, salt), publishedAt: 1 };
  return compose(entity, [source, ...others], now);
}

/** The same as those see it who see everything. */
export function offlineView(entity: string, salt: string, services?: readonly ServiceContent[]): PresenceView {
  return offlineComposition(entity, salt, services).view(EVERYTHING);
}
