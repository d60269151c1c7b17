import type { Clock } from "../../foundation/mod.ts";
import { type NewUser, OperationError } from "../../operations/mod.ts";
import { type StoredOperations, userAddress } from "../../operations/stored/mod.ts";
import type { Subscribers } from "../../storage/mod.ts";
import type { InviteView, ProvisioningService, SignUpView } from "../admin/services/mod.ts";
import { type InviteKind, type Invites } from "./invites.ts";
import { type SignUps, signUpView } from "./sign_ups.ts";

const DAY_MS = 86_400_000;
/** A link for one more device, which the user makes for themselves. */
const DEVICE_LINK_MS = 3_600_000;
const MAX_DAYS = 30;
const MAX_USES = 100;
/** Live invitations of one user. */
const MAX_OF_ONE = 20;

export interface BoxProvisioningParts {
  readonly invites: Invites;
  readonly signUps: SignUps;
  readonly subscribers: Pick<Subscribers, "get">;
  readonly operations: Pick<StoredOperations, "addWithCredentials">;
  /** Where the box is reached by browsers, without a slash at its end. */
  readonly base: () => string;
  readonly clock: Clock;
  readonly audit: (event: string, actor: string, facts: Record<string, string | number>) => void;
}

/** Invitations and sign-ups as the console manages them. Rejects with OperationError. */
export class BoxProvisioning implements ProvisioningService {
  readonly #parts: BoxProvisioningParts;

  constructor(parts: BoxProvisioningParts) {
    this.#parts = parts;
  }

  listInvites(uri: string): InviteView[] {
    return this.#parts.invites.of(aorOf(uri));
  }

  async invite(
    { uri, days, max_uses }: { uri: string; days: number; max_uses: number },
    by: string,
  ): Promise<InviteView & { readonly link: string }> {
    if (!Number.isInteger(days) || days < 1 || days > MAX_DAYS) throw invalid(`days: allowed are 1 to ${MAX_DAYS}`);
    if (!Number.isInteger(max_uses) || max_uses < 1 || max_uses > MAX_USES) {
      throw invalid(`max_uses: allowed are 1 to ${MAX_USES}`);
    }
    return await this.#create("invitation", aorOf(uri), days * DAY_MS, max_uses, by);
  }

  /** A link for one more device of a user who is signed in: one use, one hour. */
  deviceLink(aor: string): Promise<InviteView & { readonly link: string }> {
    return this.#create("device", aor, DEVICE_LINK_MS, 1, `user:${aor}`);
  }

  async withdrawInvite(id: string, by: string): Promise<boolean> {
    const { invites, audit } = this.#parts;
    const uri = invites.get(id)?.uri;
    if (uri === undefined || !await invites.withdraw(id)) return false;
    audit("invite.withdraw", by, { user: uri, id });
    return true;
  }

  listSignUps(): SignUpView[] {
    return this.#parts.signUps.list();
  }

  async approveSignUp(id: string, by: string): Promise<SignUpView> {
    const { signUps, operations, audit } = this.#parts;
    const record = this.#waiting(id);
    const { uri, display_name, e164, credentials } = record;
    const user: Omit<NewUser, "password"> = { uri, display_name, e164 };
    // Not in the service until the user's own client registers, or the user confirms (REG-2).
    await operations.addWithCredentials({ ...user, credentials, state: "unsubscribed" }, by);
    await signUps.remove(id);
    audit("sign_up.approve", by, { user: uri });
    return signUpView(id, record);
  }

  async refuseSignUp(id: string, by: string): Promise<SignUpView> {
    const { signUps, audit } = this.#parts;
    const record = this.#waiting(id);
    await signUps.remove(id);
    audit("sign_up.refuse", by, { user: record.uri });
    return signUpView(id, record);
  }

  #waiting(id: string) {
    const record = this.#parts.signUps.get(id);
    if (record === undefined) throw new OperationError("not-found", `there is no sign-up ${id}`);
    return record;
  }

  async #create(kind: InviteKind, aor: string, lifetime_ms: number, max_uses: number, by: string) {
    const { invites, subscribers, base, audit } = this.#parts;
    if (subscribers.get(aor) === undefined) throw new OperationError("not-found", `there is no user ${aor}`);
    if (invites.of(aor).length >= MAX_OF_ONE) {
      throw new OperationError("conflict", `${aor} has ${MAX_OF_ONE} invitations already; withdraw some of them`);
    }
    const { view, token } = await invites.create({ kind, uri: aor, lifetime_ms, max_uses }, by);
    audit("invite.create", by, { user: aor, id: view.id, kind, max_uses });
    return { ...view, link: `${base()}/join/${token}` };
  }
}

function aorOf(uri: string): string {
  try {
    return userAddress(uri).aor;
  } catch (error) {
    if (error instanceof RangeError) throw invalid(error.message);
    throw error;
  }
}

function invalid(message: string): OperationError {
  return new OperationError("invalid", message);
}
