import { deepEqual, equal } from "node:assert/strict";
import { fakeMessage } from "../../testing/fake_conversation.ts";
import { logRows } from "./log_rows.ts";

const NOON = new Date(2026, 4, 5, 12).getTime(), MINUTE = 60_000, DAY = 86_400_000;
const say = (id: string, minutes: number, from = "sip:bob@x.test") =>
  fakeMessage({ id, from, at: NOON + minutes * MINUTE });

function drawn(messages: readonly ReturnType<typeof say>[], firstUnread = ""): string[] {
  return logRows(messages, firstUnread).map((row) =>
    row.kind === "message" ? `${row.first ? "[" : "·"}${row.message.id}${row.last ? "]" : "·"}` : row.kind
  );
}

Deno.test("messages of one sender stand together until somebody else speaks or minutes pass", () => {
  deepEqual(drawn([say("a", 0), say("b", 1), say("c", 2, "sip:eve@x.test"), say("d", 3), say("e", 20)]), [
    "day",
    "[a·",
    "·b]",
    "[c]",
    "[d]",
    "[e]",
  ]);
});

Deno.test("each day, and the first that is unread, begins with a line of its own", () => {
  const messages = [say("a", 0), say("b", 1), say("c", 2), say("d", 24 * 60)];
  deepEqual(drawn(messages, "b"), ["day", "[a]", "new", "[b·", "·c]", "day", "[d]"]);
});

Deno.test("what happened parts a group, and is in no group", () => {
  const came = fakeMessage({ id: "e", part: { kind: "event", code: "joined", who: "Eve" }, at: NOON + MINUTE });
  deepEqual(drawn([say("a", 0), came, say("b", 2)]), ["day", "[a]", "event", "[b]"]);
});

Deno.test("each row has a key of its own, the same when older ones come before it", () => {
  const messages = Array.from({ length: 50 }, (_, at) => say(`m${at}`, at * 100));
  const keys = logRows(messages, "m7").map(({ key }) => key);
  equal(new Set(keys).size, keys.length);
  const more = logRows([fakeMessage({ id: "old", at: NOON - 3 * DAY }), ...messages], "m7").map(({ key }) => key);
  deepEqual(more.slice(2), keys);
});
