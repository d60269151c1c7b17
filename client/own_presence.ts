import { utf8 } from "../foundation/mod.ts";
import {
  type PersonContent,
  type PresenceLocation,
  presenceOfStatus,
  type PresenceStatus,
  writePresence,
} from "../transport/presence/mod.ts";
import type { ClientWorld } from "./client_world.ts";
import { Publication, PUBLISHED_PRESENCE } from "./publication.ts";

/** How the user is, and where: one publication of both. */
export class OwnPresence {
  readonly #published: Publication<PersonContent>;

  constructor(world: ClientWorld) {
    this.#published = new Publication(world, PUBLISHED_PRESENCE);
  }

  /** No PUBLISH waits for its answer. */
  get idle(): boolean {
    return this.#published.idle;
  }

  /** In the place of what was said before; where the user is stays. */
  status(status: PresenceStatus, more: { readonly note?: string; readonly until?: number | null }): void {
    const { location } = this.#published.state ?? {};
    this.#published.publish({ ...presenceOfStatus(status, more), ...(location !== undefined && { location }) });
  }

  /** Beside the status; null: nothing of it. */
  place(location: PresenceLocation | null): void {
    const { location: _before, ...status } = this.#published.state ?? presenceOfStatus("available");
    this.#published.publish(location === null ? status : { ...status, location });
  }

  /** Published again after the service has forgotten. */
  renew(): void {
    this.#published.renew();
  }

  /** Takes it back; nothing is published any more. */
  withdraw(): void {
    this.#published.withdraw();
  }
}

/** Where somebody is, as a body for one who is to know (RFC 4119). */
export function locationBody(entity: string, location: PresenceLocation): Uint8Array {
  return utf8(writePresence({ entity, persons: [{ id: "here", location }] }));
}
