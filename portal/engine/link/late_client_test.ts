import { deepEqual, equal, throws } from "node:assert/strict";
import type { ImClient } from "../../../client/mod.ts";
import { LateClient } from "./late_client.ts";

const ACCOUNT = {
  aor: "sip:ada@example.test",
  username: "",
  password: "",
  displayName: "Ada",
  instance: "urn:uuid:1",
};

/** A client with parts of its own, as the real one has. */
class Client {
  roomAnswerMode = "automatic";
  #said: unknown[] = [];
  get said(): readonly unknown[] {
    return this.#said;
  }
  get registered(): boolean {
    return this.#said.length > 0;
  }
  watchDocuments(paths: readonly string[]): void {
    this.#said.push(paths);
  }
  openRoom(people: readonly string[]): readonly string[] {
    return people;
  }
  answer(): boolean {
    return false;
  }
}

Deno.test("before the client is there, what is said once and for all is kept, and nothing can be begun", async () => {
  const late = new LateClient(ACCOUNT);
  const early = late.client;
  early.roomAnswerMode = "manual";
  early.watchDocuments(["a"]);
  early.watchDocuments(["b"]);
  equal(early.registered, false);
  equal(early.account.instance, "urn:uuid:1");
  throws(() => early.ground, /not there yet/);
  deepEqual([...early.chats], []);
  equal(early.openRoom(["sip:ben@example.test"]), null);
  equal(early.watch("sip:ben@example.test"), null);
  const problem = await new Promise((resolve) => equal(early.answer("id", "yes", resolve), true));
  deepEqual(problem, { status: 0, text: "", retryAfter: 0 });

  const client = new Client();
  late.arrive(client as unknown as ImClient);
  deepEqual(client.said, [["a"], ["b"]]);
  equal(client.roomAnswerMode, "manual");
});

Deno.test("who took the client before it was there has the client afterwards", () => {
  const late = new LateClient(ACCOUNT);
  const early = late.client;
  const client = new Client();
  late.arrive(client as unknown as ImClient);
  early.watchDocuments(["c"]);
  deepEqual(client.said, [["c"]]);
  equal(early.registered, true);
  deepEqual(early.openRoom(["x"]), ["x"]);
  early.roomAnswerMode = "manual";
  equal(client.roomAnswerMode, "manual");
});
