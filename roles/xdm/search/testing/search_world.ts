import { silentLog } from "../../../../foundation/mod.ts";
import type { Subscriber } from "../../../../storage/mod.ts";
import type { Condition } from "../condition.ts";
import { type Found, IndexedSearch, type SearchDomain } from "../indexed_search.ts";
import { SearchIndex } from "../search_index.ts";
import { type FakeDocuments } from "../../testing/fake_documents.ts";
import { XdmWorld } from "../../testing/xdm_world.ts";

const PROFILE = "org.openmobilealliance.user-profile";
const OPERATOR = { kind: "operator", name: "test" } as const;

/** A box of users with documents in memory, and the searches over them. For tests only. */
export class SearchWorld {
  readonly xdm: XdmWorld;
  readonly subscribers = new Map<string, Subscriber>();
  readonly settings = { enabled: true, mandatory: ["display-name"], minimum_age: 0, max_results: 50 };
  readonly privacy = { found_by_number: false };
  /** `owner person`: who has blocked whom. */
  readonly blocks = new Set<string>();
  /** Once set, block lists cannot be read. */
  trouble: Error | null = null;
  readonly index: SearchIndex;
  readonly search: IndexedSearch;

  private constructor(xdm: XdmWorld) {
    this.xdm = xdm;
    const { documents, server: service, events, time: clock, metrics } = xdm;
    this.index = new SearchIndex({ documents, service, events, clock, metrics, log: silentLog });
    this.search = new IndexedSearch({
      index: this.index,
      settings: this.settings,
      privacy: this.privacy,
      subscribers: {
        get: (aor) => this.subscribers.get(aor),
        byNumber: (e164) => [...this.subscribers.values()].find((user) => user.e164 === e164),
      },
      blocks: (owner, person) =>
        this.trouble === null ? Promise.resolve(this.blocks.has(`${owner} ${person}`)) : Promise.reject(this.trouble),
      clock,
      log: silentLog,
    });
  }

  static async open(documents?: FakeDocuments): Promise<SearchWorld> {
    return new SearchWorld(await XdmWorld.open(documents));
  }

  /** A user with these elements in the profile; null for no profile. */
  async add(aor: string, elements: string | null, more: Partial<Subscriber> = {}): Promise<void> {
    this.subscribers.set(aor, { ...USER, ...more, aor });
    if (elements !== null) await this.profile(aor, elements);
  }

  async profile(aor: string, elements: string, usage: "user-profile" | "locked-user-profile" = "user-profile") {
    await this.xdm.put(
      `org.openmobilealliance.${usage}/users/${aor}/${usage}`,
      profileText(aor, elements),
      OPERATOR as never,
    );
  }

  async removeProfile(aor: string): Promise<void> {
    await this.xdm.remove(`${PROFILE}/users/${aor}/user-profile`, OPERATOR as never);
  }

  /** `byNumber` null: the document leaves it to the operator. */
  async choose(aor: string, byNumber: boolean | null): Promise<void> {
    const flag = byNumber === null ? "" : `<searchable-by-number>${byNumber}</searchable-by-number>`;
    const text = `<privacy xmlns="urn:parley:xml:privacy">${flag}</privacy>`;
    await this.xdm.put(`org.parley.privacy/users/${aor}/index`, text, { kind: "user", aor } as never);
  }

  /** User-IDs without the domain where it is that of the world, in their order. */
  async found(
    by: string,
    where: Condition,
    most: number | null = null,
    domain: SearchDomain = "home",
  ): Promise<string> {
    return namesOf(await this.search.people(by, where, { most, domain }));
  }
}

export function namesOf({ found, more }: Found): string {
  return found.map(({ id }) => id.replace("@example.test", "")).join(" ") + (more ? " …" : "");
}

export function profileText(aor: string, elements: string): string {
  return `<user-profiles xmlns="urn:oma:xml:xdm:user-profile"><user-profile uri="${aor}">${elements}</user-profile></user-profiles>`;
}

export function is(field: string, value: string): Condition {
  return { kind: "compare", field, operator: "=", value };
}

const USER: Subscriber = {
  aor: "",
  displayName: "",
  e164: "",
  state: "active",
  deferral: "offline",
  credentials: { realm: "", md5: "", sha256: "", md5WithDomain: "", sha256WithDomain: "" },
  createdAt: 0,
  changedAt: 0,
};
