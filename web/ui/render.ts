import { html } from "hono/html";
import type { Child } from "hono/jsx";
import type { PageContext } from "./security/page_security.ts";

/** Answers with a whole page. */
export function render(c: PageContext, page: Child, status = 200): Response | Promise<Response> {
  return c.html(html`<!doctype html>${page}`, status as 200);
}
