import type { MessageMode, RoomRoster, SentState, WatchedUser } from "../../client/mod.ts";
import type { UserStatus } from "../../transport/presence/mod.ts";
import type { HistoryEvent } from "./history_events.ts";

/** All that a chat on the command line tells: a JSON line each, or text made of it. */
export type ChatEvent =
  | { readonly event: "ready"; readonly as: string; readonly server: string; readonly msrp: string }
  | { readonly event: "registered" }
  | { readonly event: "unregistered"; readonly status: number; readonly reason: string }
  | { readonly event: "published"; readonly ok: boolean; readonly reason: string }
  | {
    readonly event: "message";
    readonly id: string;
    readonly from: string;
    readonly name: string;
    readonly mode: MessageMode;
    readonly type: string;
    readonly text: string;
    readonly bytes: number;
    /** When it was sent, RFC 3339; "" where its sender does not say. */
    readonly sent: string;
    /** 0 where it is part of no chat. */
    readonly chat: number;
    /** In a room: it is for us alone. */
    readonly private: boolean;
  }
  /** A message of ours was taken on. */
  | {
    readonly event: "queued";
    readonly id: string;
    readonly ref: string;
    readonly to: string;
    readonly mode: MessageMode;
  }
  /** It has got on, or failed. */
  | {
    readonly event: "state";
    readonly id: string;
    readonly ref: string;
    readonly to: string;
    readonly mode: MessageMode;
    readonly state: SentState;
    readonly deferred: boolean;
    readonly status: number;
    readonly reason: string;
    /** What it said, shortened, for people. */
    readonly about: string;
  }
  | { readonly event: "composing"; readonly from: string; readonly active: boolean }
  | { readonly event: "invitation"; readonly from: string; readonly name: string; readonly subject: string }
  | {
    readonly event: "chat";
    readonly chat: number;
    readonly peer: string;
    readonly incoming: boolean;
    /** The room's URI; "" for a chat with one other side. */
    readonly room: string;
  }
  | { readonly event: "connection"; readonly chat: number; readonly peer: string; readonly up: boolean }
  | { readonly event: "chat-ended"; readonly chat: number; readonly peer: string; readonly reason: string }
  /** Who is in a room is another one, or is known for the first time (`first`: all who are there have `came`). */
  | (
    & {
      readonly event: "roster";
      readonly first: boolean;
      readonly came: readonly Named[];
      readonly left: readonly Named[];
      readonly renamed: readonly (Named & { readonly before: string })[];
    }
    & RosterFacts
  )
  /** The answer to `members`. */
  | ({ readonly event: "members"; readonly members: readonly RosterMember[] } & RosterFacts)
  /** What the room says to a nickname that was asked for; `status` 0 where no answer came. */
  | {
    readonly event: "nickname";
    readonly chat: number;
    readonly name: string;
    readonly ok: boolean;
    readonly status: number;
    readonly reason: string;
  }
  /** What has become of bringing somebody in, or sending somebody out. */
  | {
    readonly event: "asked";
    readonly chat: number;
    readonly what: "add" | "expel";
    readonly who: string;
    readonly ok: boolean;
    readonly status: number;
    readonly reason: string;
  }
  | ({ readonly event: "file-offered" } & FileFacts)
  | ({ readonly event: "file-asked"; readonly found: boolean } & Pick<FileFacts, "peer" | "name">)
  | ({ readonly event: "file"; readonly moved: number; readonly state: string } & FileFacts)
  | (
    & {
      readonly event: "file-ended";
      readonly ok: boolean;
      readonly deferred: boolean;
      readonly place: string;
      readonly reason: string;
    }
    & FileFacts
  )
  /** Of somebody who is watched. */
  | {
    readonly event: "presence";
    readonly of: string;
    readonly state: WatchedUser["state"];
    /** "" where nothing is known. */
    readonly status: UserStatus["status"] | "";
    readonly note: string;
    /** When it ends by itself, RFC 3339; "" where that is not said. */
    readonly until: string;
    /** Where they are, in words; "" where that is not said. */
    readonly place: string;
    readonly reason: string;
  }
  | HistoryEvent
  | { readonly event: "settings"; readonly settings: Readonly<Record<string, unknown>> | null }
  | { readonly event: "who"; readonly lines: readonly string[] }
  | { readonly event: "help"; readonly lines: readonly string[] }
  /** Something that was typed, or that the program tried, did not work. */
  | { readonly event: "error"; readonly text: string }
  | { readonly event: "notice"; readonly text: string }
  | { readonly event: "ended" };

/** Somebody by URI and name; "" for none. */
export interface Named {
  readonly uri: string;
  readonly name: string;
}

/** Somebody in a room, or on the way in. */
export interface RosterMember extends Named {
  /** As RFC 4575 §5.7.3 has it: `connected`, `alerting`, `on-hold` … */
  readonly status: string;
}

/** What is known of a room. */
export interface RosterFacts {
  readonly chat: number;
  readonly room: string;
  readonly subject: string;
  readonly state: RoomRoster["state"];
  /** Why it is not known who is there; "" for no reason. */
  readonly reason: string;
}

/** What is known of a file on its way. */
export interface FileFacts {
  readonly transfer: string;
  readonly direction: "in" | "out";
  readonly peer: string;
  readonly name: string;
  /** -1 where it is not known. */
  readonly size: number;
  readonly type: string;
}
