/** Plain parts of the fake model, for stages of the conversations; the other pages bring livelier ones. */
import { type Signal, signal } from "@preact/signals-core";
import type {
  Asks,
  ContactModel,
  HistoryModel,
  OwnState,
  PeopleModel,
  PresenceModel,
  RoomsModel,
  SettingsModel,
} from "../../model/mod.ts";
import { FakeConversation } from "./fake_conversation.ts";
import { fakeMember, fakeRoom } from "./fake_room.ts";

const done = () => Promise.resolve(null);

function contact(uri: string, name: string, status: string, note = ""): ContactModel {
  const presence = signal<PresenceModel>({ status, note, location: null, reason: "" });
  return { uri, name, lists: ["Friends"], blocked: false, pending: false, presence };
}

export function fakePeople(): PeopleModel {
  const contacts = signal<readonly ContactModel[]>([
    contact("sip:bob@example.test", "Bob Ross", "available", "Happy little trees"),
    contact("sip:carol@example.test", "Carol Danvers", "busy"),
    contact("sip:dan@example.test", "Dan Brown", "away"),
    contact("sip:grace@example.test", "Grace Hopper", "offline"),
    contact("sip:linus@example.test", "Linus Pauling", "unknown"),
  ]);
  const blocked = signal<readonly { readonly uri: string; readonly name: string }[]>([]);
  const own = signal<OwnState>({ status: "available", note: "", until: 0 });
  return {
    contacts,
    lists: signal(["Friends"]),
    requests: signal([]),
    blocked,
    state: signal("ready" as const),
    problem: signal(null),
    presenceState: signal("ready" as const),
    own,
    nameOf: (uri, said) => contacts.value.find((one) => one.uri === uri)?.name ?? (said || uri.replace(/^\w+:/, "")),
    isBlocked: (uri) => blocked.value.some((one) => one.uri === uri),
    add: done,
    rename: done,
    move: done,
    remove: done,
    block(uri) {
      blocked.value = [...blocked.peek(), { uri, name: uri }];
      return done();
    },
    unblock(uri) {
      blocked.value = blocked.peek().filter((one) => one.uri !== uri);
      return done();
    },
    addList: done,
    renameList: done,
    removeList: done,
    agree: done,
    decline: done,
    search: () => Promise.resolve([]),
    setState(state) {
      own.value = state;
      return done();
    },
    shareLocation: done,
    letLocate: done,
    mayLocate: () => false,
  };
}

export function fakeRooms(list: Signal<readonly FakeConversation[]>): RoomsModel {
  const begin = (subject: string, people: readonly string[]) => {
    const room = fakeRoom(subject, [
      fakeMember("Ada Lovelace", { me: true, moderates: true }),
      ...people.map((uri) => fakeMember(uri, { uri })),
    ]);
    const made = new FakeConversation({
      key: `sip:room-${list.peek().length}@rooms.example.test`,
      title: subject,
      room,
    });
    list.value = [made, ...list.peek()];
    return made;
  };
  return {
    search: () => Promise.resolve([]),
    begin: (people, subject) => begin(subject, people),
    create: ({ name, people }) => Promise.resolve(begin(name, people)),
    join: (address) => begin(address, []),
    known: signal([]),
  };
}

export function fakeHistory(): HistoryModel {
  return {
    folders: signal([]),
    refresh: done,
    list: () => Promise.resolve({ items: [], next: "" }),
    search: () => Promise.resolve({ hits: [], bounded: false, more: false }),
    rename: done,
    move: done,
    remove: done,
    exportPath: (reference, format) => `/portal/api/v1/me/history/${reference}/export?format=${format}`,
  };
}

export function fakeSettings(): SettingsModel {
  const quick = signal<readonly string[]>(["I call you back.", "On my way!", "Thank you, that helps a lot."]);
  return {
    profile: { fields: signal([]), state: signal("ready" as const), change: done },
    privacy: {
      contactsOnly: signal(false),
      searchable: signal(true),
      tellDisplayed: signal(true),
      tellWriting: signal(true),
      askFirst: signal(false),
      state: signal("ready" as const),
      change: done,
    },
    recording: {
      state: signal("on" as const),
      taken: signal({ octets: 4_200_000, quota: 100_000_000, conversations: 12 }),
      keepDays: signal(365),
      set: done,
    },
    quickAnswers: {
      list: quick,
      state: signal("ready" as const),
      save(list) {
        quick.value = list;
        return done();
      },
    },
    problem: signal(null),
  };
}

export function fakeAsks(): Asks {
  return { questions: signal([]), invitations: signal([]) };
}
