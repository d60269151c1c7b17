/**
 * The console over fake services, to be looked at: `deno run -A roles/admin/testing/dev_server.ts [port]`.
 * Log in as owner, operator, help-desk or auditor; the password is in fake_services.ts.
 */
import { silentLog } from "../../../foundation/mod.ts";
import type { Connection } from "../../../web/mod.ts";
import { createPages } from "../pages/mod.ts";
import { apiOver } from "./api_client.ts";
import { demoWorld } from "./demo_world.ts";
import type { FakeWorld } from "./fake_services.ts";

export interface DevServer {
  readonly url: string;
  readonly world: FakeWorld;
  close(): Promise<void>;
}

/** Opens it on loopback; port 0 takes a free one. */
export async function openDevServer(port: number): Promise<DevServer> {
  const world = await demoWorld(Date.now());
  const api = apiOver(world);
  const pages = createPages({ api, clock: world.time, log: silentLog, secureUrl: () => null });
  const server = Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, (request, info) => {
    const { hostname, port } = info.remoteAddr as Deno.NetAddr;
    const connection: Connection = {
      remote: { host: hostname, port },
      local: { host: "127.0.0.1", port: server.addr.port },
      secure: false,
    };
    const { pathname } = new URL(request.url);
    return pathname.startsWith("/api/") ? api.fetch(request, connection) : pages.fetch(request, connection);
  });
  return { url: `http://127.0.0.1:${server.addr.port}`, world, close: () => server.shutdown() };
}

if (import.meta.main) console.log((await openDevServer(Number(Deno.args[0] ?? 8090))).url + "/admin");
