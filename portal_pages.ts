/** The users' page on the web application, over the parts of a running box. Part of the composition root of the console. */
import type { Clock, Log } from "./foundation/mod.ts";
import type { SettingsKeeper } from "./config.ts";
import type { ParleyStorage } from "./storage/mod.ts";
import type { Connection } from "./web/mod.ts";
import type { Access } from "./roles/admin/mod.ts";
import type { RestFetch } from "./roles/provisioning/mod.ts";
import type { SessionKeys } from "./roles/sip_core/mod.ts";
import type { Xdm } from "./xdm.ts";

/** What it stands on. */
export interface PortalPagesParts {
  readonly api: RestFetch;
  readonly xdm: Pick<Xdm, "answerFor">;
  readonly access: Pick<Access, "principalOf">;
  readonly keys: SessionKeys;
  readonly subscribers: ParleyStorage["subscribers"];
  readonly settings: Pick<SettingsKeeper, "config">;
  readonly clock: Clock;
  readonly log: Log;
}

type Fetch = (request: Request, connection: Connection) => Promise<Response>;

/** `/portal`, loaded with the first request: a box at rest does without. */
export function lazyPortal(parts: PortalPagesParts): { readonly fetch: Fetch } {
  let loaded: Promise<Fetch> | null = null;
  const portal = (): Promise<Fetch> =>
    loaded ??= load(parts).catch((error) => {
      // The next request tries again.
      loaded = null;
      throw error;
    });
  return { fetch: async (request, connection) => await (await portal())(request, connection) };
}

async function load(parts: PortalPagesParts): Promise<Fetch> {
  const { createPortal } = await import("./roles/portal/mod.ts");
  const { xdm, access, settings } = parts;
  const app = createPortal({
    ...parts,
    xcap: (aor, path, request, connection) => xdm.answerFor(aor, path, request, connection),
    userOf: (token) => {
      const principal = access.principalOf(token);
      return principal?.kind === "user" ? principal.aor : null;
    },
    domains: settings.config.domains,
    stayDays: () => settings.config.portal.stay_days,
    keyLife_ms: () => settings.config.portal.key_minutes * 60_000,
    limits: () => {
      const { max_message: message, max_content: file, types: file_types } = settings.config.session;
      return { message, file, file_types };
    },
  });
  return async (request, connection) => await app.fetch(request, connection);
}
