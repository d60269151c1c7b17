import { type Signal, signal } from "@preact/signals-core";
import type { RoomMember, RoomModel } from "../../model/mod.ts";

/** A room of a stage, with these members. */
export interface FakeRoom extends RoomModel {
  readonly state: Signal<"joining" | "in" | "lost" | "out">;
  readonly members: Signal<readonly RoomMember[]>;
  readonly alias: Signal<string>;
}

export function fakeMember(name: string, more: Partial<RoomMember> = {}): RoomMember {
  const uri = more.uri ?? `sip:${name.split(" ")[0].toLowerCase()}@example.test`;
  return { uri, name, here: true, me: false, moderates: false, blocked: false, ...more };
}

export function fakeRoom(
  subject: string,
  members: readonly RoomMember[],
  more: { readonly isPublic?: boolean; readonly alias?: string } = {},
): FakeRoom {
  const room: FakeRoom = {
    state: signal<"joining" | "in" | "lost" | "out">("in"),
    reason: signal(""),
    subject: signal(subject),
    members: signal(members),
    isPublic: more.isPublic ?? false,
    alias: signal(more.alias ?? ""),
    join() {
      room.state.value = "in";
      return Promise.resolve(null);
    },
    leave: () => void (room.state.value = "out"),
    setAlias(name) {
      if (name === "taken") {
        return Promise.resolve({ status: 409, text: "This name is taken.", retryAfter: 0, fields: {} });
      }
      room.alias.value = name;
      return Promise.resolve(null);
    },
    add(address) {
      room.members.value = [...room.members.peek(), fakeMember(address, { uri: address })];
      return Promise.resolve(null);
    },
    expel(uri) {
      room.members.value = room.members.peek().filter((member) => member.uri !== uri);
      return Promise.resolve(null);
    },
  };
  return room;
}
