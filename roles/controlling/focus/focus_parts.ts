import type { GrowingSession } from "../../participating/mod.ts";
import type { Addresses } from "./addresses.ts";
import type { InvitationHost } from "./invitation.ts";
import type { Invitations } from "./invitations.ts";
import type { Recipient } from "./recipients.ts";

/** What the parts of the focus have in common. */
export interface FocusParts extends InvitationHost {
  readonly addresses: Addresses;
  readonly invitations: Invitations;
  /** The chat of two that the invitation of somebody takes the place of, as `by` says; null for none such. */
  growing(recipient: Pick<Recipient, "person" | "replaces">, by: string): GrowingSession | null;
}
