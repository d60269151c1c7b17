import { type Signal, signal } from "@preact/signals-core";
import type {
  ContactModel,
  ContactRequest,
  LocationPart,
  OwnState,
  PeopleModel,
  PersonFound,
  PresenceModel,
  Problem,
} from "../../model/mod.ts";

/** What the service says next where a test wants it to refuse; null: it does what is asked. */
export interface Failing {
  fail: Problem | null;
}

/** What the service refuses with on a stage. */
export function refusal(text: string, status = 403, fields: Readonly<Record<string, string>> = {}): Problem {
  return { status, text, retryAfter: 0, fields };
}

/** People of a stage that change as they are told. */
export interface LivelyPeople extends PeopleModel, Failing {
  readonly contacts: Signal<readonly ContactModel[]>;
  readonly requests: Signal<readonly ContactRequest[]>;
  readonly state: Signal<"loading" | "ready" | "failed">;
  readonly presenceState: Signal<"loading" | "ready" | "failed">;
}

const BERLIN: LocationPart = {
  kind: "location",
  latitude: 52.5163,
  longitude: 13.3777,
  radius: 60,
  place: "Pariser Platz, Berlin",
};

const EVERYBODY: readonly PersonFound[] = [
  { uri: "sip:heidi@example.test", name: "Heidi Lamarr", facts: ["Department: Radio", "Town: Vienna"] },
  { uri: "sip:henry@example.test", name: "Henry Ford", facts: [] },
  { uri: "sip:bob@example.test", name: "Bob Ross", facts: ["Department: Paint"] },
];

function contact(
  name: string,
  lists: readonly string[],
  presence: Partial<PresenceModel> = {},
  more = {},
): ContactModel {
  return {
    uri: `sip:${name.split(" ")[0].toLowerCase()}@example.test`,
    name,
    lists,
    blocked: false,
    pending: false,
    presence: signal({ status: "available", note: "", location: null, reason: "", ...presence }),
    ...more,
  };
}

export function fakePeople(now: number): LivelyPeople {
  const contacts = signal<readonly ContactModel[]>([
    contact("Bob Ross", ["Friends", "Work"], { note: "Happy little trees", location: BERLIN }),
    contact("Carol Danvers", ["Work"], { status: "busy", note: "In a meeting until four" }),
    contact("Dan Brown", ["Friends"], { status: "away" }),
    contact("Grace Hopper", ["Work"], { status: "offline" }),
    contact("Linus Pauling", [], { status: "unknown" }, { pending: true }),
    contact("Mallory Archer", [], {}, { blocked: true }),
    contact("Émile Zola", ["Friends"], { status: "unknown", reason: "The status of this person is kept elsewhere." }),
  ]);
  const lists = signal<readonly string[]>(["Friends", "Work", "Choir"]);
  const requests = signal<readonly ContactRequest[]>([
    {
      id: "r1",
      uri: "sip:trudy@else.test",
      name: "Trudy Campbell",
      incoming: true,
      at: now - 3_600_000,
      message: "We met at the fair.",
    },
    { id: "r2", uri: "sip:linus@example.test", name: "Linus Pauling", incoming: false, at: now - 90_000_000 },
  ]);
  const blocked = signal<readonly { readonly uri: string; readonly name: string }[]>([
    { uri: "sip:mallory@example.test", name: "Mallory Archer" },
  ]);
  const own = signal<OwnState>({ status: "available", note: "", until: 0 });
  const locate = signal<ReadonlySet<string>>(new Set(["sip:bob@example.test"]));
  const shown = (uri: string) => uri.replace(/^\w+:/, "");
  const change = (uri: string, to: Partial<ContactModel>) => {
    contacts.value = contacts.peek().map((one) => one.uri === uri ? { ...one, ...to } : one);
  };
  /** Refuses once where it is to, else does it: at once, but never before whoever asks has drawn that it works. */
  const tried = (what: () => void) => {
    const { fail } = people;
    people.fail = null;
    if (fail === null) what();
    return Promise.resolve(fail);
  };
  const people: LivelyPeople = {
    fail: null,
    contacts,
    lists,
    requests,
    blocked,
    state: signal("ready"),
    problem: signal(null),
    presenceState: signal("ready"),
    own,
    nameOf: (uri, said) => contacts.value.find((one) => one.uri === uri)?.name ?? (said || shown(uri)),
    isBlocked: (uri) => blocked.value.some((one) => one.uri === uri),
    add: (address, name, into) =>
      tried(() => {
        const added = { ...contact(name || shown(address), into, { status: "unknown" }), uri: address, pending: true };
        contacts.value = [...contacts.peek(), added];
      }),
    rename: (uri, name) => tried(() => change(uri, { name: name || shown(uri) })),
    move: (uri, lists) => tried(() => change(uri, { lists })),
    remove: (uri) => tried(() => void (contacts.value = contacts.peek().filter((one) => one.uri !== uri))),
    block: (uri) =>
      tried(() => {
        blocked.value = [...blocked.peek(), { uri, name: people.nameOf(uri) }];
        change(uri, { blocked: true });
      }),
    unblock: (uri) =>
      tried(() => {
        blocked.value = blocked.peek().filter((one) => one.uri !== uri);
        change(uri, { blocked: false });
      }),
    addList: (name) => tried(() => void (lists.value = [...lists.peek(), name])),
    renameList: (name, to) =>
      tried(() => {
        lists.value = lists.peek().map((one) => one === name ? to : one);
        contacts.value = contacts.peek().map((one) => ({
          ...one,
          lists: one.lists.map((list) => list === name ? to : list),
        }));
      }),
    removeList: (name) => tried(() => void (lists.value = lists.peek().filter((one) => one !== name))),
    agree: (id) =>
      tried(() => {
        const { name } = requests.peek().find((one) => one.id === id)!;
        requests.value = requests.peek().filter((one) => one.id !== id);
        contacts.value = [...contacts.peek(), contact(name, [])];
      }),
    decline: (id) => tried(() => void (requests.value = requests.peek().filter((one) => one.id !== id))),
    search(words) {
      const { fail } = people;
      people.fail = null;
      return Promise.resolve(fail ?? EVERYBODY.filter(({ name }) => name.toLowerCase().includes(words.toLowerCase())));
    },
    setState: (state) => tried(() => void (own.value = state)),
    shareLocation: () => tried(() => {}),
    letLocate: (uri, on) =>
      tried(() => {
        const now = new Set(locate.peek());
        if (on) now.add(uri);
        else now.delete(uri);
        locate.value = now;
      }),
    mayLocate: (uri) => locate.value.has(uri),
  };
  return people;
}
