import { count, flag, line, table } from "./fields.ts";

/** A SIP, SIPS or tel URI without white space and what would end it in a header; "" stays as it is. */
function speechUri(text: string): string {
  if (text === "" || /^(?:sips?:[^\s<>",@]+@[^\s<>",@]+|tel:\+?[0-9.()-]+(?:;[^\s<>",]+)?)$/i.test(text)) return text;
  throw new SyntaxError("not a SIP or tel URI");
}

/** `[rooms]`: ADM-2, ADM-4, ADM-5, CHAT-8, CHAT-14, PRI-5, PRI-15. */
export const rooms = table({
  adhoc_size: count({
    min: 2,
    max: 1000,
    default: 20,
    help: "People in a chat that somebody begins with others, who begins it included; more get 486.",
    apply: "live",
    words: "conference factory max_adhoc_group_size participants limit",
  }),
  group_size: count({
    min: 2,
    max: 5000,
    default: 500,
    help: "People in the room of a group, whatever its owner allows; more get 486.",
    apply: "live",
    words: "participants limit chat room maximum",
  }),
  max_rooms: count({
    min: 1,
    max: 100_000,
    default: 2000,
    help: "Rooms at the same time; one more gets 503.",
    apply: "live",
    words: "limit conference chat sessions",
  }),
  per_user: count({
    min: 1,
    max: 10_000,
    default: 20,
    help: "Rooms at the same time that one user has begun; one more gets 486.",
    apply: "live",
    words: "limit conference chat creator",
  }),
  message_bytes: count({
    min: 1024,
    max: 104_857_600,
    default: 5_242_880,
    unit: "octets",
    help: "One message or file in a room; a larger one gets 413.",
    apply: "live",
    words: "size limit content picture multimedia msrp",
  }),
  history: count({
    min: 0,
    max: 100,
    default: 0,
    help: "Messages that a newcomer to the room of a group gets to see; 0: none.",
    apply: "live",
    words: "newcomer last backlog scrollback",
  }),
  empty_seconds: count({
    min: 0,
    max: 86_400,
    default: 300,
    unit: "seconds",
    help: "So long the room of a group, and what was said in it, stays when nobody is in it.",
    apply: "live",
    words: "end expiry empty",
  }),
  idle_seconds: count({
    min: 0,
    max: 2_592_000,
    default: 0,
    unit: "seconds",
    help: "A room in which nothing is said for so long ends; 0: never.",
    apply: "live",
    words: "timeout inactivity end",
  }),
  rejoin_seconds: count({
    min: 10,
    max: 86_400,
    default: 600,
    unit: "seconds",
    help: "Who was cut off and comes again within this time has missed nothing.",
    apply: "live",
    words: "reconnect absent lost connection",
  }),
  unused_hours: count({
    min: 0,
    max: 87_600,
    default: 0,
    unit: "hours",
    help: "A group of a user in which nobody has been for so long is removed; 0: never.",
    apply: "live",
    words: "expiry erase delete temporary chat room",
  }),
  private_from_public: flag(true, "In public rooms two people may write to each other alone.", {
    apply: "live",
    words: "private message conversion anonymous public chat",
  }),
  public_age: count({
    min: 0,
    max: 99,
    default: 0,
    unit: "years",
    help: "Lowest age for public rooms; who has not said theirs is too young. 0: age does not matter.",
    apply: "live",
    words: "minor child underage birth date protection",
  }),
  speech_uri: line({
    allowed: 'a SIP or tel URI, such as "sip:bridge@example.test", or ""',
    default: "",
    help: "Conference bridge to which people in a room are sent who want to speak; empty: none.",
    read: speechUri,
    apply: "live",
    words: "audio voice call telephone conference",
  }),
  list_size: count({
    min: 1,
    max: 5000,
    default: 500,
    help: "Recipients of one message to a list; more get 413.",
    apply: "live",
    words: "exploder uri list recipients limit",
  }),
}, "Rooms: chats of many, groups, messages to lists.");
