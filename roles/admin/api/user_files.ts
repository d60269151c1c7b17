import { z } from "@hono/zod-openapi";
import { csvLine, readImport } from "../../../operations/mod.ts";
import type { UserService } from "../services/mod.ts";
import type { Api } from "./api.ts";
import { count, flag, list } from "./fields.ts";
import { type FieldError, Problem } from "./problems.ts";
import { textOf } from "./request_body.ts";

const MAX_CSV = 8 * 1_048_576;
const PAGE = 500;
/** Faults told of one file. */
const MAX_FAULTS = 1000;
const EXPORTED = ["uri", "display_name", "e164", "state", "created_at", "changed_at"] as const;

/** Many users at once, as CSV. */
export function userFileRoutes(api: Api): void {
  api.route({
    method: "post",
    path: "/users/import",
    permission: "users.write",
    tag: "users",
    summary: "Add the users of a CSV file: all of them, or none.",
    description:
      "The first line names the columns: uri,password,display_name,e164. An empty password is generated, and told " +
      "once in `passwords`. With faults nothing is imported; `errors` has each line's fault.",
    query: z.strictObject({ dry_run: flag, replace: flag }),
    upload: { type: "text/csv", limit: MAX_CSV, streamed: false },
    answer: z.object({
      dry_run: z.boolean(),
      added: count,
      replaced: count,
      warnings: list(z.string()),
      passwords: list(z.object({ uri: z.string(), password: z.string() })),
    }),
  }, async ({ services, query, body, by }) => {
    const { users, lines, faults } = await readImport(textOf(body as unknown as Uint8Array));
    // A file that is wrong in form is still checked to the end: one look tells all that must be mended.
    const dry_run = query.dry_run || faults.length > 0;
    const request = { users, replace: query.replace, dry_run, state: "active" as const };
    const report = await services.users.add(request, by);
    const errors: FieldError[] = [
      ...faults.map(({ line, message }) => ({ field: `line ${line}`, line, message })),
      ...report.errors.map(({ index, message }) => ({ field: `line ${lines[index]}`, line: lines[index], message })),
    ].sort((a, b) => a.line - b.line);
    if (errors.length > 0) {
      const lack = errors.length === 1 ? "1 line has a fault" : `${errors.length} lines have faults`;
      throw new Problem("invalid", `Nothing was imported: ${lack}.`, { errors: errors.slice(0, MAX_FAULTS) });
    }
    const { added, replaced, warnings, passwords } = report;
    return { dry_run, added, replaced, warnings, passwords };
  });

  api.route({
    method: "get",
    path: "/users/export",
    permission: "users.read",
    tag: "users",
    summary: "All users as CSV, without secrets.",
    answers: "text/csv",
  }, ({ services }) =>
    new Response(ReadableStream.from(csvOf(services.users)).pipeThrough(new TextEncoderStream()), {
      headers: {
        "content-type": "text/csv; charset=utf-8; header=present",
        "content-disposition": 'attachment; filename="users.csv"',
      },
    }));
}

/** A page of lines at a time, read when the one before is on its way. */
async function* csvOf(users: UserService): AsyncGenerator<string> {
  yield `${EXPORTED.join(",")}\r\n`;
  for (let after = "";;) {
    const page = users.find({ search: "", state: "", online: null, after, limit: PAGE });
    yield page.users.map((user) => `${csvLine(EXPORTED.map((name) => harmless(String(user[name]))))}\r\n`).join("");
    if (page.next === "") return;
    after = page.next;
    await Promise.resolve();
  }
}

/** A field that a spreadsheet would take for a formula gets an apostrophe (CWE-1236). Numbers keep their plus. */
function harmless(text: string): string {
  return /^[=@\t\r]|^[+-](?![0-9]*$)/.test(text) ? `'${text}` : text;
}
