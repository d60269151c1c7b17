/**
 * The console: server-rendered pages under /admin, clients of REST only. `frame/` is what stands around every page and leads
 * to REST; each folder beside it is one area; `all_pages.ts` lists them; `texts/` has the words.
 * Sources: UX notes ("server-rendered admin with islands"), WCAG 2.2 AA, RFC 9457.
 */
export { createPages, type PagesOptions } from "./create_pages.tsx";
