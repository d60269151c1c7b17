import { join } from "node:path";
import { OperationError, type Operations } from "../operations/mod.ts";

/** Operations that a running box carries out. `close` lets go of the connection. */
export type RemoteOperations = Operations & { close(): void };

/**
 * The control door of the box that runs on this data folder; null where none does. Rejects with OperationError where one
 * does but cannot be reached (another user's box).
 */
export async function connectControl(data: string): Promise<RemoteOperations | null> {
  const path = join(data, "control.sock");
  try {
    const probe = await Deno.connect({ transport: "unix", path });
    probe.close();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.ConnectionRefused) return null;
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new OperationError(
        "unavailable",
        `${path}: permission denied; run the command as the user that runs the box`,
      );
    }
    // A data folder too deep for a socket has no box on it: the box refuses to start there.
    if (error instanceof RangeError || /path must be shorter|SUN_LEN|too long/i.test(String(error))) return null;
    throw error;
  }
  const client = Deno.createHttpClient({ proxy: { transport: "unix", path } });
  const call = async (operation: string, request: unknown): Promise<unknown> => {
    let response: Response;
    try {
      response = await fetch(`http://parley/v1/${operation}`, {
        client,
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(request),
      });
    } catch (error) {
      throw new OperationError("unavailable", "the box stopped before it answered; look at its log", { cause: error });
    }
    const answer = await response.json();
    if (response.ok) return answer;
    throw new OperationError(answer.kind, answer.detail);
  };
  const remote = (operation: keyof Operations) => (request: unknown) => call(operation, request);
  return {
    addUsers: remote("addUsers"),
    listUsers: remote("listUsers"),
    setPassword: remote("setPassword"),
    setState: remote("setState"),
    removeUser: remote("removeUser"),
    createToken: remote("createToken"),
    listTokens: remote("listTokens"),
    revokeToken: remote("revokeToken"),
    listAdmins: remote("listAdmins"),
    addAdmin: remote("addAdmin"),
    resetAdmin: remote("resetAdmin"),
    renewCertificate: remote("renewCertificate"),
    listAudit: remote("listAudit"),
    exportAudit: remote("exportAudit"),
    verifyAudit: remote("verifyAudit"),
    status: remote("status"),
    backup: remote("backup"),
    rotateKey: remote("rotateKey"),
    close: () => client.close(),
  } as RemoteOperations;
}
