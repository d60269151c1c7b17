import { FakeTime } from "../../../foundation/testing.ts";
import { StoredOperations, type StoredOperationsOptions, type UserChange } from "../../../operations/stored/mod.ts";
import { PROFILE_DEFAULTS, type ProfileDefaults } from "../../../operations/stored/mod.ts";
import type { Subscriber } from "../../../storage/mod.ts";
import { FakeAuditLog, FakeSubscribers, subscriber } from "../../sip_core/testing/fake_storage.ts";
import { type InviteRecord, Invites, MAX_INVITES } from "../invites.ts";
import { JoinRequests, type SignUpForm } from "../join_requests.ts";
import { BoxProvisioning } from "../provisioning.ts";
import { MAX_SIGN_UPS, type SignUpRecord, SignUps } from "../sign_ups.ts";
import type { SignUpSettings } from "../sign_up_settings.ts";
import { Subscription } from "../subscription.ts";
import { FakeRecords } from "./fake_records.ts";

export const ALICE = "sip:alice@example.test";
export const BASE = "https://im.example.test:8443";

/** The room over fakes: users in memory, time that stands still, the real operations in between. */
export class ProvisioningWorld {
  readonly time = new FakeTime();
  readonly subscribers: FakeSubscribers;
  readonly auditLog = new FakeAuditLog();
  readonly changes: [aor: string, change: UserChange][] = [];
  readonly inviteRecords = new FakeRecords<InviteRecord>(MAX_INVITES);
  readonly signUpRecords = new FakeRecords<SignUpRecord>(MAX_SIGN_UPS);
  readonly operations: StoredOperations;
  readonly invites: Invites;
  readonly signUps: SignUps;
  readonly subscription: Subscription;
  readonly requests: JoinRequests;
  readonly service: BoxProvisioning;
  settings: SignUpSettings = { open: true, confirm: "implicit", approval: false };
  defaults: ProfileDefaults = PROFILE_DEFAULTS;

  constructor(users: readonly Subscriber[] = [subscriber(ALICE, "wonderland", { displayName: "Alice" })]) {
    const { time: clock } = this;
    const subscribers = this.subscribers = new FakeSubscribers(users);
    const storage = { subscribers, auditLog: this.auditLog, settings: { get: () => undefined, set: () => {} } };
    this.operations = new StoredOperations({
      storage: storage as unknown as StoredOperationsOptions["storage"],
      clock,
      data: "",
      domains: ["example.test"],
      version: "0",
      actor: "test",
      changed: (aor, change) => this.changes.push([aor, change]),
      defaults: () => this.defaults,
    });
    const audit = (event: string, actor: string, facts: Record<string, string | number>) =>
      this.auditLog.append({ at: clock.now(), event, actor, facts });
    const settings = () => this.settings;
    const base = () => BASE;
    const { operations } = this;
    this.invites = new Invites(this.inviteRecords, clock);
    this.signUps = new SignUps(this.signUpRecords, clock);
    this.subscription = new Subscription({ subscribers, operations, settings, base, clock });
    this.service = new BoxProvisioning({
      invites: this.invites,
      signUps: this.signUps,
      subscribers,
      operations,
      base,
      clock,
      audit,
    });
    const users_ = { suggestUri: (name: string, domain: string) => `sip:${name.toLowerCase() || "user"}@${domain}` };
    this.requests = new JoinRequests({
      signUps: this.signUps,
      subscribers,
      operations,
      users: users_,
      domains: ["example.test"],
      settings,
      clock,
      audit,
    });
  }

  /** The secret of a new invitation. */
  async token(request: Partial<{ uri: string; days: number; max_uses: number }> = {}): Promise<string> {
    const { link } = await this.service.invite({ uri: ALICE, days: 7, max_uses: 5, ...request }, "admin:root");
    return link.slice(`${BASE}/join/`.length);
  }

  /** What the audit log says, as short text. */
  audited(): string[] {
    return this.auditLog.entries.map(({ event, actor }) => `${event} ${actor}`);
  }
}

/** A sign-up without faults. */
export function form(more: Partial<SignUpForm> = {}): SignUpForm {
  return {
    name: "carol",
    domain: "example.test",
    display_name: "Carol",
    e164: "",
    password: "correct horse",
    again: "correct horse",
    ...more,
  };
}
