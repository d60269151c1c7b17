import { equal, rejects } from "node:assert/strict";
import { RestProblem, type SessionAnswer } from "../doors.ts";
import { askedSession, problemOf } from "./portal_link_parts.ts";

const session: SessionAnswer = {
  aor: "sip:ada@example.test",
  display_name: "Ada",
  domain: "example.test",
  username: "key",
  password: "secret",
  expires_at: 1,
  websocket: "/ws",
  limits: { message: 1, file: 1, file_types: [] },
};

Deno.test("an answer that is no session counts as no answer, and is tried again as one", async () => {
  equal(await askedSession(() => Promise.resolve(session)), session);
  const others: unknown[] = [null, 7, {}, { ...session, limits: {} }, { ...session, expires_at: "soon" }];
  for (const other of others) {
    await rejects(askedSession(() => Promise.resolve(other as SessionAnswer)), RestProblem);
  }
});

Deno.test("what a network says in the place of the service is not told to people", () => {
  equal(problemOf(new SyntaxError("Unexpected token <")).text, "");
});
