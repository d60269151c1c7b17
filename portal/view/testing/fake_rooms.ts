import { type Signal, signal } from "@preact/signals-core";
import type { ConversationModel, PublicRoom, RoomsModel } from "../../model/mod.ts";
import type { Failing } from "./fake_people.ts";

/** Rooms of a stage; those that are come into are made by `begin` (the stage's conversations). */
export interface LivelyRooms extends RoomsModel, Failing {
  readonly known: Signal<readonly PublicRoom[]>;
}

const PUBLIC: readonly PublicRoom[] = [
  {
    uri: "sip:chess@rooms.example.test",
    name: "Chess for everybody",
    subject: "Openings, endings, and what lies between",
    about: "For players of all strengths. Be kind; no computer's moves.",
    members: 42,
  },
  { uri: "sip:chelsea@rooms.example.test", name: "Chelsea", subject: "", about: "", members: -1 },
  {
    uri: "sip:bread@rooms.example.test",
    name: "Bread and its bakers",
    subject: "Sourdough this month",
    about: "",
    members: 1,
  },
];

export function fakeRooms(begin: (address: string) => ConversationModel | null): LivelyRooms {
  const failed = () => {
    const { fail } = rooms;
    rooms.fail = null;
    return fail;
  };
  const rooms: LivelyRooms = {
    fail: null,
    search(words) {
      const sought = words.toLowerCase();
      return Promise.resolve(
        failed() ?? PUBLIC.filter(({ name, subject }) => `${name} ${subject}`.toLowerCase().includes(sought)),
      );
    },
    begin: (people) => people.length > 50 ? null : begin(`sip:ad-hoc-${people.length}@rooms.example.test`),
    create: ({ name }) =>
      Promise.resolve(failed() ?? begin(`sip:${name.toLowerCase().replace(/\W+/g, "-")}@rooms.example.test`)!),
    join: (address) => address.includes("nowhere") ? null : begin(address),
    known: signal<readonly PublicRoom[]>([
      { uri: "sip:board@rooms.example.test", name: "The board", subject: "Budget", about: "", members: 7 },
      {
        uri: "sip:long@rooms.example.test",
        name: "A-room-whose-name-is-as-long-as-names-may-be-and-has-no-place-to-break-it",
        subject: "",
        about: "",
        members: -1,
      },
    ]),
  };
  return rooms;
}
