import assert from "node:assert/strict";
import { FakeTime } from "../../../../foundation/testing.ts";
import { Events, silentLog } from "../../../../foundation/mod.ts";
import type { KvStore } from "../../../../storage/kv/group_commit.ts";
import type { Committed } from "../../../../storage/mod.ts";
import { LogRoomMessages, type RoomMessageLimits } from "../../../../storage/room_messages.ts";
import { LogStates } from "../../../../storage/states.ts";
import { commitOver, contentsOver, memoryWorld, type World } from "../../../../storage/testing.ts";
import type { SwitchOwner, SwitchRoom } from "../../../../transport/msrp/mod.ts";
import type { GroupPolicy, RoomRefusal, RoomRights, RoomSettings, RoomTerms } from "../../policy/terms.ts";
import type { RoomEnd, RoomEvents } from "../../room.ts";
import type { LiveRoom, RoomPlan } from "../live_room.ts";
import { RoomTable } from "../room_table.ts";
import type { RoomRecorder } from "../room_recorder.ts";
import { DEFAULT_ROOM_LIMITS, type RoomLimits } from "../rooms_parts.ts";
import { type FakeLeg, FakeSwitch } from "./fake_switch.ts";

export const DOMAIN = "example.test";
export const GROUP = "sip:friends@groups.example.test";
/** `alice` as an address-of-record. */
export function aor(name: string): string {
  return `sip:${name}@${DOMAIN}`;
}

export const SETTINGS: RoomSettings = {
  adhoc_size: 20,
  group_size: 500,
  max_rooms: 100,
  per_user: 5,
  message_bytes: 200_000,
  history: 0,
  empty_seconds: 300,
  idle_seconds: 0,
  rejoin_seconds: 600,
  unused_hours: 0,
  private_from_public: true,
  public_age: 0,
  speech_uri: "",
  list_size: 500,
};
const ADHOC: RoomTerms = {
  owner: "",
  displayName: "",
  subject: "",
  isPublic: false,
  hidesIdentity: false,
  nicknames: true,
  privateMessages: true,
  invitesMembers: false,
  maxParticipants: 20,
  minParticipants: 2,
  required: [],
  endsAt: Infinity,
  history: 0,
};
const RIGHTS: RoomRights = {
  initiate: true,
  join: true,
  invite: true,
  seeRoster: true,
  anonymity: true,
  privateMessages: true,
  expel: true,
  key: false,
};

/** A group that lets everybody do everything, but those it refuses. */
export function groupPolicy(terms: Partial<RoomTerms> = {}, refuses: readonly string[] = []): GroupPolicy {
  const own: RoomTerms = { ...ADHOC, minParticipants: 0, maxParticipants: 500, owner: aor("owner"), ...terms };
  const refusal: RoomRefusal = { status: 403, reason: "no", warning: "106 user not authorised to join chat group" };
  const of = (who: string) => refuses.includes(who) ? refusal : null;
  return {
    terms: own,
    termsSince: () => own,
    members: [],
    rightsOf: ({ aor: who }) => ({ ...RIGHTS, privateMessages: !refuses.includes(who) }),
    mayInitiate: (caller) => of(caller.aor),
    mayJoin: (caller) => of(caller.aor),
    mayInvite: (_, whom) => of(whom.aor),
    mayBeBrought: (whom) => of(whom.aor),
    mayExpel: () => null,
    mayWatch: () => null,
  };
}
export const HIDDEN = { isPublic: true, hidesIdentity: true } as const;

/** The process is gone: nothing it still writes gets there. */
class MortalKv implements KvStore {
  readonly #kv: Deno.Kv;
  dead = false;
  commits = 0;
  /** Dies with this commit, before or after it takes place. */
  diesAt = Infinity;
  diesAfter = false;

  constructor(kv: Deno.Kv) {
    this.#kv = kv;
  }
  get get() {
    return this.#kv.get.bind(this.#kv);
  }
  get getMany() {
    return this.#kv.getMany.bind(this.#kv);
  }
  get list() {
    return this.#kv.list.bind(this.#kv);
  }
  close(): void {}
  atomic(): Deno.AtomicOperation {
    const atomic = this.#kv.atomic();
    const commit = atomic.commit.bind(atomic);
    atomic.commit = async () => {
      if (this.dead) return await new Promise<never>(() => {});
      if (++this.commits >= this.diesAt) {
        this.dead = true;
        if (this.diesAfter) await commit();
        this.onDeath?.();
        return await new Promise<never>(() => {});
      }
      return await commit();
    };
    return atomic;
  }
  onDeath: (() => void) | null = null;
}

export interface WorldOptions {
  readonly settings?: Partial<RoomSettings>;
  readonly limits?: Partial<RoomLimits>;
  readonly kept?: RoomMessageLimits;
  /** Default: fakes, which devices of this folder need. */
  readonly makeSwitch?: (owner: SwitchOwner) => SwitchRoom;
  readonly recorder?: RoomRecorder;
}

/** Rooms over a store in memory, with devices that join and speak. */
export class RoomsWorld {
  readonly time: FakeTime;
  readonly settings: { -readonly [K in keyof RoomSettings]: RoomSettings[K] };
  readonly policies = new Map<string, GroupPolicy>();
  /** "owner person": has blocked. */
  readonly blocked = new Set<string>();
  /** Instead of the set. */
  answer: ((owner: string, person: string) => boolean | Promise<boolean>) | null = null;
  readonly told: string[] = [];
  readonly ends: RoomEnd[] = [];
  readonly said: RoomEvents["roomMessage"][] = [];
  began = 0;
  changes = 0;
  switches: FakeSwitch[] = [];
  table!: RoomTable;
  store!: MortalKv;
  messages!: LogRoomMessages;
  states!: LogStates;
  documentsFail = false;
  /** Not null: whoever saves a state is not told of it yet. */
  heldSaves: Committed[] | null = null;
  readonly #world: World;
  readonly #options: WorldOptions;
  #commit!: ReturnType<typeof commitOver>;

  private constructor(world: World, options: WorldOptions) {
    this.#world = world;
    this.#options = options;
    this.time = world.time;
    this.settings = { ...SETTINGS, ...options.settings };
  }

  static async make(options: WorldOptions = {}): Promise<RoomsWorld> {
    const world = new RoomsWorld(await memoryWorld(), options);
    await world.#open();
    return world;
  }

  async #open(): Promise<void> {
    const { sealer } = this.#world;
    const kv = this.store = new MortalKv(this.#world.kv);
    const commit = this.#commit = commitOver(kv, this.time);
    const base = { kv, sealer, commit, log: silentLog };
    const contents = contentsOver({ ...this.#world, commit });
    this.states = await LogStates.open({ ...base, name: "rooms" });
    this.messages = await LogRoomMessages.open({ ...base, contents, limits: this.#options.kept });
    const swept = contents.begin();
    const events = new Events<RoomEvents>((error) => {
      throw error;
    });
    events.on("roomBegan", () => this.began++);
    events.on("roomChanged", () => this.changes++);
    events.on("roomEnded", ({ why }) => this.ends.push(why));
    events.on("roomMessage", (message) => this.said.push(message));
    this.switches = [];
    this.table = await RoomTable.open({
      domain: DOMAIN,
      clock: this.time,
      timers: this.time.timers,
      log: silentLog,
      settings: this.settings,
      limits: { ...DEFAULT_ROOM_LIMITS, ...this.#options.limits },
      policies: {
        isGroup: (uri) => this.policies.has(uri),
        policyOf: (uri) => {
          if (this.documentsFail) return Promise.reject(new Error("documents cannot be read"));
          const gone: RoomRefusal = { status: 404, reason: "none", warning: "113 group document does not exist" };
          return Promise.resolve(this.policies.get(uri) ?? gone);
        },
      },
      adhocTerms: (subject) => ({ ...ADHOC, subject }),
      makeSwitch: this.#options.makeSwitch ?? ((owner) => {
        const made = new FakeSwitch(owner);
        this.switches.push(made);
        return made;
      }),
      states: {
        load: () => this.states.load(),
        save: (name, value, lazily, done) =>
          this.states.save(
            name,
            value,
            lazily,
            done === null ? null : (error) => {
              if (this.heldSaves === null) done(error);
              else this.heldSaves.push(done);
            },
          ),
      },
      messages: this.messages,
      recorder: this.#options.recorder,
      events,
      blocks: (owner, person) => this.answer?.(owner, person) ?? this.blocked.has(`${owner} ${person}`),
      blockedPresent: (who) => this.told.push(who),
    });
    await swept;
  }

  /** `kill -9`, or an orderly stop, and a start. */
  async restart(how: "killed" | "stopped" = "killed"): Promise<void> {
    if (how === "stopped") {
      this.table.close();
      await this.settled();
    }
    this.store.dead = true;
    this.#silence(this.table);
    await this.#open();
  }

  /** Its timers fire no more. */
  #silence(table: RoomTable): void {
    (table as { onTimer: () => void }).onTimer = () => {};
  }

  /** The process dies with its n-th commit from now on, before or after that takes place. */
  dieAt(commit: number, after: boolean): void {
    this.store.diesAt = this.store.commits + commit;
    this.store.diesAfter = after;
    this.death = new Promise((resolve) => this.store.onDeath = () => resolve(0));
  }
  /** Settles when it has died. */
  death: Promise<number> = new Promise(() => {});

  /** All that was written is in the store. */
  async settled(): Promise<void> {
    if (!this.store.dead) await this.#commit.flush();
  }

  adhoc(creator = "alice", subject = "Lunch"): LiveRoom {
    return this.opened({ kind: "ad-hoc", group: "", policy: null, creator: aor(creator), subject });
  }
  group(policy = groupPolicy()): LiveRoom {
    this.policies.set(GROUP, policy);
    return this.opened({ kind: "group", group: GROUP, policy, creator: aor("alice"), subject: "" });
  }
  opened(plan: RoomPlan): LiveRoom {
    const room = this.table.open(plan);
    assert.ok(!("status" in room), JSON.stringify(room));
    return room;
  }
  /** After a restart. */
  again(room: LiveRoom): LiveRoom {
    const found = this.table.find(room.uri);
    assert.ok(found, "the room stands");
    return found;
  }
  switchOf(leg: FakeLeg): FakeSwitch {
    return this.switches.find(({ parties }) => parties.has(leg))!;
  }
  end(): void {
    this.store.dead = true;
    this.#world.kv.close();
  }
}

export { Device } from "./device.ts";
