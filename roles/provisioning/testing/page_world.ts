import { type Log, silentLog } from "../../../foundation/mod.ts";
import type { Records, Subscriber } from "../../../storage/mod.ts";
import { credentialsFor } from "../../sip_core/mod.ts";
import type { ClientDoor } from "../client_door.ts";
import { createProvisioning, type Provisioning } from "../create_provisioning.ts";
import { Browser } from "./browser.ts";
import { FakeRest } from "./fake_rest.ts";
import { BASE, ProvisioningWorld } from "./provisioning_world.ts";

/** The room's pages over fakes. */
export class PageWorld extends ProvisioningWorld {
  readonly rest = new FakeRest(this.subscribers);
  doors: ClientDoor[] = [{ transport: "tcp", host: "im.example.test", port: 5060 }];
  readonly revoked: string[] = [];
  readonly sessionsEnded: string[] = [];
  readonly failures: string[] = [];
  #provisioning: Provisioning | null = null;

  static async open(users?: readonly Subscriber[]): Promise<PageWorld> {
    const world = new PageWorld(users);
    const { time: clock } = world;
    const log: Log = { ...silentLog, error: (text: string) => void world.failures.push(text) };
    const records = { invites: world.inviteRecords, sign_ups: world.signUpRecords };
    world.#provisioning = await createProvisioning({
      records: <T>(name: string) => Promise.resolve(records[name as keyof typeof records] as unknown as Records<T>),
      subscribers: world.subscribers,
      operations: world.operations,
      users: {
        suggestUri: (name, domain) => `sip:${name.toLowerCase() || "user"}@${domain}`,
        change: async (uri, { password = "" }) => {
          await world.operations.editUser(uri, null, (old) => ({
            next: { ...old, credentials: credentialsFor("alice", "example.test", password) },
            change: "password",
          }), `user:${uri}`);
          return null as never;
        },
        revokeDevices: (uri) => Promise.resolve(world.revoked.push(uri)),
      },
      endSessions: (aor) => Promise.resolve(world.sessionsEnded.push(aor)),
      api: (request, connection) => world.rest.app.fetch(request, connection),
      stayDays: () => 30,
      domains: ["example.test"],
      settings: () => world.settings,
      base: () => BASE,
      doors: () => world.doors,
      certificateTrusted: () => false,
      xcapRoot: () => "https://im.example.test/xcap",
      clock,
      timers: clock.timers,
      log,
      audit: (event, actor, facts) => world.auditLog.append({ at: clock.now(), event, actor, facts }),
    });
    return world;
  }

  get provisioning(): Provisioning {
    return this.#provisioning!;
  }

  browser(options: { host?: string; secure?: boolean } = {}): Browser {
    return new Browser(this.provisioning.app, options);
  }

  /** The path of a new invitation's page. */
  async path(request: Partial<{ uri: string; days: number; max_uses: number }> = {}): Promise<string> {
    const whole = { uri: "sip:alice@example.test", days: 7, max_uses: 5, ...request };
    const { link } = await this.provisioning.service.invite(whole, "admin:root");
    return link.slice(BASE.length);
  }
}
