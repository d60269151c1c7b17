/** REST and pages on the web application. Both are loaded when somebody first asks for them: a box at rest does without. */
import type { Clock, Log, Timers } from "./foundation/mod.ts";
import type { AdminServices } from "./roles/admin/mod.ts";
import type { Connection, Web } from "./web/mod.ts";

/** What REST and pages take besides the services. */
export interface WebConsoleOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Octets of an uploaded backup. */
  readonly max_upload: number;
  /** Where the console is to be had over https; null: nowhere. */
  readonly secureUrl: () => string | null;
}

type Fetch = (request: Request, connection: Connection) => Response | Promise<Response>;

/** `/api`, `/admin`, `/assets`, and the pages of users, on one application. */
export class WebConsole {
  readonly #services: () => AdminServices;
  readonly #options: WebConsoleOptions;
  #api: Promise<Fetch> | null = null;
  #pages: Promise<Fetch> | null = null;
  #endStreams: () => void = () => {};
  #closed = false;

  constructor(services: () => AdminServices, options: WebConsoleOptions) {
    this.#services = services;
    this.#options = options;
  }

  /** REST, also for the pages of this process. */
  async api(request: Request, connection: Connection): Promise<Response> {
    return await (await (this.#api ??= this.#loadApi()))(request, connection);
  }

  /** `publicPages`: of `/join` and `/account`; `portal`: of `/portal`. */
  mount(web: Web, publicPages: { readonly fetch: Fetch }, portal: { readonly fetch: Fetch }): void {
    web.use("*", async (_, next) => {
      if (this.#closed) {
        return new Response("The service restarts.\n", { status: 503, headers: { "retry-after": "2" } });
      }
      await next();
    });
    web.get("/", (c) => c.redirect("/admin", 302));
    for (const path of ["/api", "/api/*"]) web.all(path, (c) => this.api(c.req.raw, c.env));
    // Files are declared by the modules that use them, so the pages answer for them, too.
    for (const path of ["/admin", "/admin/*", "/assets/*"]) {
      web.all(path, async (c) => await (await (this.#pages ??= this.#loadPages()))(c.req.raw, c.env));
    }
    for (const path of ["/join", "/join/*", "/account", "/account/*"]) {
      web.all(path, (c) => publicPages.fetch(c.req.raw, c.env));
    }
    for (const path of ["/portal", "/portal/*"]) web.all(path, (c) => portal.fetch(c.req.raw, c.env));
  }

  /** Nothing new is answered, and event streams end, so that the doors can close. */
  close(): void {
    this.#closed = true;
    this.#endStreams();
  }

  async #loadApi(): Promise<Fetch> {
    const { closeStreams, createApi } = await import("./roles/admin/api/mod.ts");
    const app = createApi(this.#services(), this.#options);
    this.#endStreams = () => closeStreams(app);
    return (request, connection) => app.fetch(request, connection);
  }

  async #loadPages(): Promise<Fetch> {
    const { createPages } = await import("./roles/admin/pages/mod.ts");
    const { clock, log, secureUrl } = this.#options;
    const api = { fetch: (request: Request, connection: Connection) => this.api(request, connection) };
    const app = createPages({ api, clock, log, secureUrl });
    return (request, connection) => app.fetch(request, connection);
  }
}
