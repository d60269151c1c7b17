/** Who is at the portal in its tests, and at other clients beside it. */
import { ChatProcess } from "../../support/chat_process.ts";
import { type TestUser, users } from "../../support/parley.ts";
import type { Stage } from "./stage.ts";

export function aor(name: string): string {
  return `sip:${name}@example.test`;
}

/** People whose display names are their own with a capital letter. */
export function named(...names: string[]): TestUser[] {
  return users(...names).map((user) => ({ ...user, displayName: capital(user.name) }));
}

/** Somebody on the command line, registered. `more`: further words. */
export async function onCommandLine(stage: Stage, name: string, ...more: readonly string[]): Promise<ChatProcess> {
  const server = `tcp://127.0.0.1:${stage.box.port}`;
  const words = ["--listen", "--as", aor(name), "--name", capital(name), "--server", server];
  const client = ChatProcess.start(name, [...words, ...more]);
  await client.event("registered");
  return client;
}

function capital(name: string): string {
  return name[0].toUpperCase() + name.slice(1);
}
