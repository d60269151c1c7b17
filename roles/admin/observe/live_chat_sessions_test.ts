import assert from "node:assert/strict";
import type { SessionRow } from "../../participating/mod.ts";
import { LiveChatSessions } from "./live_chat_sessions.ts";

const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test";

function row(id: string, more: Partial<SessionRow> = {}): SessionRow {
  const traffic = (messages: number, octets: number) => ({ messages, octets });
  return {
    id,
    kind: "session",
    from: ALICE,
    to: BOB,
    state: "up",
    anchored: true,
    since: 1000,
    fromInviter: traffic(2, 20),
    fromInvitee: traffic(1, 5),
    ...more,
  };
}

function service(...rows: SessionRow[]) {
  const table = new Map(rows.map((row) => [row.id, row]));
  const audited: unknown[] = [];
  const sessions = new LiveChatSessions({
    get size() {
      return table.size;
    },
    list: (_after, limit) => [...table.values()].slice(0, limit),
    get: (id) => table.has(id) ? { row: table.get(id)! } : undefined,
    end: (id) => table.delete(id),
  }, (...entry) => audited.push(entry));
  return { sessions, audited };
}

Deno.test("what stands is shown, newest first, with both ways added; what rings is not", () => {
  const { sessions } = service(row("a"), row("b", { state: "ringing" }), row("c", { since: 2000, kind: "file" }));
  assert.equal(sessions.size, 2);
  assert.deepEqual(sessions.list({ user: "", search: "", limit: 10 }), [
    { id: "c", from: ALICE, to: BOB, since: 2000, mode: "file", octets: 25, messages: 3 },
    { id: "a", from: ALICE, to: BOB, since: 1000, mode: "chat", octets: 25, messages: 3 },
  ]);
});

Deno.test("who ends a session stands in the audit log; what is not there is not ended", () => {
  const { sessions, audited } = service(row("a"));
  assert.equal(sessions.end("z", "admin"), false);
  assert.equal(sessions.end("a", "admin"), true);
  assert.equal(sessions.end("a", "admin"), false);
  assert.deepEqual(audited, [["chat_session.end", "admin", { id: "a", from: ALICE, to: BOB }]]);
  assert.equal(sessions.size, 0);
});
