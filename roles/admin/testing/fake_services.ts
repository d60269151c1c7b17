import { silentLog } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import { OperationError } from "../../../operations/mod.ts";
import { ApiTokens, PasswordHasher } from "../../../operations/stored/mod.ts";
import type { Records } from "../../../storage/mod.ts";
import { credentialsFor } from "../../sip_core/mod.ts";
import { ContactsWorld } from "../../xdm/contacts/testing/contacts_world.ts";
import { openAccess } from "../access/access_control.ts";
import { StoredTokenService } from "../access/token_service.ts";
import type {
  Access,
  AdminRole,
  AdminServices,
  BoxService,
  InviteView,
  ProvisioningService,
  SetUpService,
  SignUpView,
} from "../services/mod.ts";
import { ROLES } from "../services/mod.ts";
import { FakeBackups } from "./fake_backups.ts";
import { FakeChatSessions } from "./fake_chat_sessions.ts";
import { FakeCertificates } from "./fake_certificates.ts";
import { FakeHealth, FakeHistory, FakeLogs, FakeSupport, FakeTrace } from "./fake_observers.ts";
import { FakeRooms } from "./fake_rooms.ts";
import { FakeSearches } from "./fake_searches.ts";
import { FakeSettingsService } from "./fake_settings_service.ts";
import { FakeAuditLog, FakeRecords, FakeSettings, FakeSubscribers } from "./fake_store.ts";
import { FakeSystemMessages } from "./fake_system_messages.ts";
import { FakeUsers } from "./fake_users.ts";

export const DOMAIN = "example.test";
/** The one-time code of the set-up link. */
export const SET_UP_CODE = "set-up-code-of-the-fake";
/** Of every admin of `withEverybody`, and the SIP password of its users. */
export const PASSWORD = "correct horse battery";

/** The console's services in memory: access and tokens are the real ones, the rest is simple and honest. For tests only. */
export interface FakeWorld {
  readonly services: AdminServices;
  readonly time: FakeTime;
  readonly subscribers: FakeSubscribers;
  readonly audit: FakeAuditLog;
  readonly users: FakeUsers;
  readonly settings: FakeSettingsService;
  readonly certificates: FakeCertificates;
  readonly backups: FakeBackups;
  readonly health: FakeHealth;
  readonly history: FakeHistory;
  readonly logs: FakeLogs;
  readonly trace: FakeTrace;
  readonly provisioning: FakeProvisioning;
  readonly chatSessions: FakeChatSessions;
  readonly rooms: FakeRooms;
  readonly searches: FakeSearches;
  readonly systemMessages: FakeSystemMessages;
  /** Contacts, profiles and documents: the real ones over documents in memory. */
  readonly people: ContactsWorld;
  /** What `restart` was asked with. */
  readonly restarts: string[];
  /** The records that access stands on, by name. */
  records(name: string): FakeRecords<unknown>;
  /** What access reads of `[console]`; change it at will. */
  readonly consoleSettings: { session_hours: number; idle_minutes: number; require_totp: "none" | "owners" | "all" };
  /** Access as after a restart of the box. */
  reopenAccess(): Promise<Access>;
  addUser(user: string, password?: string): Promise<string>;
  /** Logs an admin in and gives the token. */
  logIn(name: string, password?: string): Promise<string>;
  logInUser(uri: string, password?: string): Promise<string>;
}

/** An empty box at its first start: no admin, no user. */
export async function fakeWorld(time: FakeTime = new FakeTime()): Promise<FakeWorld> {
  const subscribers = new FakeSubscribers();
  const audit = new FakeAuditLog();
  const kinds = new Map<string, FakeRecords<unknown>>();
  const storage = {
    subscribers,
    auditLog: audit,
    records<T>(name: string, max: number): Promise<Records<T>> {
      if (!kinds.has(name)) kinds.set(name, new FakeRecords(max));
      return Promise.resolve(kinds.get(name) as unknown as Records<T>);
    },
  };
  const tokens = new ApiTokens(new FakeSettings(), time);
  const consoleSettings = { session_hours: 12, idle_minutes: 60, require_totp: "none" as "none" | "owners" | "all" };
  const reopenAccess = () =>
    openAccess({
      settings: () => consoleSettings,
      storage,
      tokens,
      clock: time,
      log: silentLog,
      issuer: `Parley ${DOMAIN}`,
      hasher: new PasswordHasher({ cost: 4 }),
    });
  const access = await reopenAccess();
  const now = () => time.now();
  const users = new FakeUsers(subscribers, audit, time);
  const settings = new FakeSettingsService(time);
  const certificates = new FakeCertificates(now);
  const backups = new FakeBackups(now);
  const health = new FakeHealth();
  const history = new FakeHistory();
  const logs = new FakeLogs();
  const trace = new FakeTrace();
  const provisioning = new FakeProvisioning(now);
  const chatSessions = new FakeChatSessions(now);
  const rooms = new FakeRooms(now, audit);
  const people = await ContactsWorld.open(subscribers);
  const searches = new FakeSearches();
  const systemMessages = new FakeSystemMessages(now, subscribers);
  const restarts: string[] = [];
  const services: AdminServices = {
    box: boxOf(subscribers, settings, restarts, time),
    access,
    users,
    tokens: new StoredTokenService(tokens, audit, time),
    settings,
    certificates,
    backups,
    audit,
    logs,
    trace,
    history,
    health,
    support: new FakeSupport(),
    provisioning,
    systemMessages,
    contacts: people.contacts,
    profiles: people.profiles,
    documents: people.documents,
    publicRooms: people.publicRooms,
    setUp: setUpOf(access),
    chatSessions,
    rooms: rooms.service,
    searches,
  };
  const address = { source: "127.0.0.1", user_agent: "test" };
  return {
    services,
    time,
    subscribers,
    audit,
    users,
    settings,
    certificates,
    backups,
    health,
    history,
    logs,
    trace,
    provisioning,
    chatSessions,
    rooms,
    searches,
    systemMessages,
    people,
    restarts,
    records: (name) => kinds.get(name)!,
    reopenAccess,
    consoleSettings,
    async addUser(user, password = PASSWORD) {
      const aor = `sip:${user}@${DOMAIN}`;
      await subscribers.put([{
        aor,
        displayName: user,
        e164: "",
        state: "active",
        deferral: "offline",
        credentials: credentialsFor(user, DOMAIN, password),
        createdAt: time.now(),
        changedAt: time.now(),
      }]);
      return aor;
    },
    async logIn(name, password = PASSWORD) {
      const login = await access.logIn({ name, password, code: "", ...address });
      if (login.outcome !== "ok") throw new Error(`${name} cannot log in: ${login.outcome}`);
      return login.token;
    },
    async logInUser(uri, password = PASSWORD) {
      const login = await access.logInUser({ uri, password, ...address });
      if (login.outcome !== "ok") throw new Error(`${uri} cannot log in: ${login.outcome}`);
      return login.token;
    },
  };
}

/** A box in use: an admin of each role (named like the role), the users alice and bob, a device of alice's, some log. */
export async function withEverybody(time?: FakeTime): Promise<FakeWorld> {
  const world = await fakeWorld(time);
  for (const role of ROLES) await addAdmin(world, role);
  const alice = await world.addUser("alice");
  await world.addUser("bob");
  const at = world.time.now();
  world.users.registered.set(alice, [{
    id: "device-1",
    contact: "sip:alice@192.0.2.7:5060",
    instance: "urn:uuid:00000000-0000-4000-8000-000000000001",
    user_agent: "Linphone/5.2",
    transport: "tls",
    source: "192.0.2.7:40000",
    registered_at: at,
    expires_at: at + 3_600_000,
    live: true,
  }]);
  world.logs.write("info", "sip", "a door is open", { url: "tls://127.0.0.1:5061" });
  world.logs.write("warn", "storage", "slow commit", { ms: 120 });
  world.provisioning.signUps.push({
    id: "sign-up-1",
    uri: `sip:carol@${DOMAIN}`,
    display_name: "Carol",
    e164: "",
    at,
    source: "192.0.2.9",
  });
  return world;
}

export async function addAdmin(world: FakeWorld, role: AdminRole, name: string = role): Promise<void> {
  await world.services.access.addAdmin({ name, display_name: name, role, password: PASSWORD }, "cli");
}

function boxOf(
  subscribers: FakeSubscribers,
  settings: FakeSettingsService,
  restarts: string[],
  time: FakeTime,
): BoxService {
  const started_at = time.now();
  return {
    status: () => ({
      version: "0.1.0",
      domains: [DOMAIN],
      started_at,
      now: time.now(),
      doors: ["tls://127.0.0.1:5061", "https://127.0.0.1:8443"],
      users: subscribers.size,
      registered: 1,
      deferred_messages: 0,
      deferred_octets: 0,
      trouble: null,
      restart_needed: settings.restartNeeded,
    }),
    restart: (why, by, notice) =>
      void restarts.push(`${by}: ${why}${notice === undefined ? "" : `, told within ${notice.within_ms} ms`}`),
  };
}

function setUpOf(access: Access): SetUpService {
  let closed = false;
  return {
    state: () => ({ open: access.empty, version: "0.1.0", addresses: ["192.0.2.1"], domain: DOMAIN }),
    admits: (code) => !closed && access.empty && code === SET_UP_CODE,
    close: () => {
      closed = true;
    },
    tryListen: (entries) =>
      Promise.resolve(entries.map((entry) => ({ entry, problem: entry.endsWith(":1") ? "it is in use" : null }))),
    tryDomain: (domain) =>
      Promise.resolve([{ question: `_sips._tcp.${domain} SRV`, answer: "0 0 5061 im.example.test", ok: true }]),
  };
}

export class FakeProvisioning implements ProvisioningService {
  readonly #now: () => number;
  readonly invites: InviteView[] = [];
  readonly signUps: SignUpView[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }
  listInvites(uri: string): InviteView[] {
    return this.invites.filter((invite) => invite.uri === uri);
  }
  invite({ uri, days, max_uses }: { uri: string; days: number; max_uses: number }, by: string) {
    const at = this.#now();
    const view: InviteView = {
      id: `invite-${this.invites.length + 1}`,
      uri,
      created_at: at,
      created_by: by,
      expires_at: at + days * 86_400_000,
      uses: 0,
      max_uses,
      used_at: 0,
    };
    this.invites.push(view);
    return Promise.resolve({ ...view, link: `https://im.example.test/join/token-of-${view.id}` });
  }
  withdrawInvite(id: string): Promise<boolean> {
    const at = this.invites.findIndex((invite) => invite.id === id);
    if (at >= 0) this.invites.splice(at, 1);
    return Promise.resolve(at >= 0);
  }
  listSignUps(): SignUpView[] {
    return [...this.signUps];
  }
  approveSignUp(id: string): Promise<SignUpView> {
    return this.refuseSignUp(id);
  }
  refuseSignUp(id: string): Promise<SignUpView> {
    const at = this.signUps.findIndex((one) => one.id === id);
    if (at < 0) return Promise.reject(new OperationError("not-found", `there is no sign-up "${id}"`));
    return Promise.resolve(this.signUps.splice(at, 1)[0]);
  }
}
