import { silentLog } from "../../../../foundation/mod.ts";
import type { Subscriber, Subscribers } from "../../../../storage/mod.ts";
import { BoxProfiles } from "../../profiles/box_profiles.ts";
import { FakeDocuments } from "../../testing/fake_documents.ts";
import { ROOT, XdmWorld } from "../../testing/xdm_world.ts";
import type { Principal } from "../../usage.ts";
import { PublicRooms } from "../../public_rooms.ts";
import { UserDocuments } from "../../user_documents.ts";
import { USAGES } from "../../usages/usages.ts";
import type { ContactSettings, PrivacyDefaults } from "../../xdm_settings.ts";
import { Bonds } from "../bonds.ts";
import { BoxContacts } from "../box_contacts.ts";
import { withContactRules } from "../contact_check.ts";
import { ContactWatch } from "../contact_watch.ts";

const DOMAINS = new Set(["example.test"]);

/** People by name: `sip:NAME@example.test`. */
export function aorOf(name: string): string {
  return `sip:${name}@example.test`;
}

export function principalOf(name: string): Principal {
  return { kind: "user", aor: aorOf(name) };
}

/** Users in memory. */
class People implements Pick<Subscribers, "get" | "byNumber"> {
  readonly #users = new Map<string, Subscriber>();

  set(name: string, more: Partial<Subscriber>): void {
    const aor = aorOf(name);
    this.#users.set(aor, {
      aor,
      displayName: "",
      e164: "",
      state: "active",
      deferral: "offline",
      credentials: {} as Subscriber["credentials"],
      createdAt: 0,
      changedAt: 0,
      ...this.#users.get(aor),
      ...more,
    });
  }
  delete(name: string): void {
    this.#users.delete(aorOf(name));
  }
  get(aor: string): Subscriber | undefined {
    return this.#users.get(aor);
  }
  byNumber(e164: string): Subscriber | undefined {
    return [...this.#users.values()].find((user) => user.e164 === e164);
  }
}

/** Contacts and profiles over a document server in memory. For tests only. */
export class ContactsWorld {
  readonly people: Pick<Subscribers, "get" | "byNumber">;
  readonly settings: ContactSettings = {
    strangers: "allowed",
    reception: "everyone",
    blocked_both_ways: true,
    authorisation: "asContactSays",
    tell_added: true,
    same_names: false,
    max_contacts: 2000,
  };
  readonly privacy: PrivacyDefaults = {
    found_by_number: false,
    show_status: false,
    locatable: false,
    invisible: false,
    ask_before_added: true,
  };
  /** Everything that users were told: `alice: text`. */
  readonly told: string[] = [];
  readonly welcomed: string[] = [];
  readonly audited: { event: string; by: string; facts: Record<string, string | number> }[] = [];
  signUpLink = "https://im.example.test/join";
  xdm!: XdmWorld;
  contacts!: BoxContacts;
  profiles!: BoxProfiles;
  documents!: UserDocuments;
  publicRooms!: PublicRooms;
  watch!: ContactWatch;
  readonly #own: People | null;

  private constructor(people: Pick<Subscribers, "get" | "byNumber"> | null) {
    this.#own = people === null ? new People() : null;
    this.people = people ?? this.#own!;
  }

  /** `people`: default alice (+15550001), bob (+15550002), carol and dave, named like that with a capital. */
  static async open(people: Pick<Subscribers, "get" | "byNumber"> | null = null): Promise<ContactsWorld> {
    const world = new ContactsWorld(people);
    for (const [at, name] of ["alice", "bob", "carol", "dave"].entries()) {
      world.#own?.set(name, { displayName: `${name[0].toUpperCase()}${name.slice(1)}`, e164: `+1555000${at + 1}` });
    }
    const { settings, privacy } = world;
    const subscribers = world.people;
    const documents = new FakeDocuments();
    const signUpLink = () => world.signUpLink;
    world.xdm = await XdmWorld.open(
      documents,
      withContactRules(USAGES, { subscribers, domains: DOMAINS, settings, signUpLink }),
    );
    const { server, events, metrics, time } = world.xdm;
    const tell = (aor: string, _cause: string, text: string) => {
      world.told.push(`${aor.slice(4, aor.indexOf("@"))}: ${text}`);
      return Promise.resolve();
    };
    const audit = (event: string, by: string, facts: Record<string, string | number>) =>
      void world.audited.push({ event, by, facts });
    const bonds = new Bonds({ documents: server, subscribers, settings, privacy, tell, clock: time, log: silentLog });
    world.contacts = new BoxContacts({
      documents: server,
      subscribers,
      bonds,
      settings,
      domains: DOMAINS,
      root: () => ROOT,
      signUpLink,
      audit,
    });
    world.watch = new ContactWatch({
      events,
      documents: server,
      subscribers,
      bonds,
      domains: DOMAINS,
      tell,
      metrics,
      log: silentLog,
    });
    world.profiles = new BoxProfiles({
      documents: server,
      subscribers,
      events,
      defaults: privacy,
      rename: async (aor, displayName) => {
        world.#own?.set(aor.slice(4, aor.indexOf("@")), { displayName });
        await world.profiles.renamed(aor);
      },
      welcome: (aor) => {
        world.welcomed.push(aor);
        return Promise.resolve();
      },
      audit,
      log: silentLog,
    });
    world.publicRooms = new PublicRooms({ documents, service: server, audit });
    world.documents = new UserDocuments({ documents, service: server, root: () => ROOT, audit });
    return world;
  }

  setUser(name: string, more: Partial<Subscriber>): void {
    this.#own!.set(name, more);
  }

  removeUser(name: string): void {
    this.#own!.delete(name);
  }

  /** Nobody is asked before being added, by their own will. */
  async opens(...names: string[]): Promise<void> {
    for (const name of names) {
      await this.profiles.changePrivacy(
        aorOf(name),
        { ask_before_added: false, searchable_by_number: true },
        null,
        "test",
      );
    }
  }

  /** Adds as the user does. */
  add(owner: string, contact: string, more: { name?: string; list?: string; message?: string } = {}) {
    const wanted = { contact, name: "", list: "", message: "", ...more };
    return this.contacts.add(aorOf(owner), wanted, null, `user:${aorOf(owner)}`);
  }

  /** The contact list as `bob=Bob` or `bob=Bob@friends`, one behind the other. */
  async listOf(owner: string): Promise<string> {
    const { contacts } = await this.contacts.book(aorOf(owner));
    return contacts.map(({ uri, name, lists }) => {
      const where = lists.filter((list) => list !== "").map((list) => `@${list}`).join("");
      return `${uri.replace(/^sip:|@example\.test$/g, "")}=${name}${where}`;
    }).join(" ");
  }

  /** Requests that wait: `<alice` for one of alice's, `>bob` for one to bob. */
  async waitingOf(owner: string): Promise<string> {
    const requests = await this.contacts.requests(aorOf(owner));
    return requests.map(({ uri, direction }) => {
      return `${direction === "incoming" ? "<" : ">"}${uri.replace(/^sip:|@example\.test$/g, "")}`;
    }).join(" ");
  }

  /** PUT by an XCAP client, below the user's tree; resolves when it has had its effects. */
  async put(owner: string, path: string, body: string): Promise<void> {
    const [auid, ...rest] = path.split("/");
    const target = `${auid}/users/${aorOf(owner)}/${rest.join("/")}`;
    await this.xdm.put(target, body, principalOf(owner) as Parameters<XdmWorld["put"]>[2]);
    await this.watch.idle;
  }
}
