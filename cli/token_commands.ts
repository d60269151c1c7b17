import { UsageError } from "./arguments.ts";
import type { Command } from "./command.ts";
import { TOKEN_SCOPES, type TokenScope, type TokenView } from "../operations/mod.ts";
import { withOperations } from "./with_operations.ts";

const create: Command = {
  name: "token create",
  words: "",
  summary: "make an API token and print it, once",
  flags: {
    name: { value: "NAME", help: "what it is for" },
    scope: {
      value: "SCOPE",
      help: "admin (default): everything; operator, help-desk, auditor: what such an admin may; metrics: only figures",
    },
    days: { value: "N", help: "expires after so many days (default 365; 0: never)" },
  },
  async run(context, args) {
    if (args.words.length > 0) throw new UsageError(`"${args.words[0]}" is one word too many`);
    const scope = args.value("scope") ?? "admin";
    if (!TOKEN_SCOPES.includes(scope as TokenScope)) {
      throw new UsageError(`--scope is "${scope}"; allowed: ${TOKEN_SCOPES.join(", ")}`);
    }
    const name = (args.value("name") ?? "").slice(0, 80);
    const days = args.number("days", 365, 0, 36_500);
    const token = await withOperations(
      context,
      args,
      (box) => box.createToken({ name, scope: scope as TokenScope, days }),
    );
    context.out(args.has("json") ? JSON.stringify(token) : token.token);
    return 0;
  },
};

const list: Command = {
  name: "token list",
  words: "",
  summary: "list the API tokens (never the tokens themselves)",
  flags: {},
  async run(context, args) {
    if (args.words.length > 0) throw new UsageError(`"${args.words[0]}" is one word too many`);
    const tokens = await withOperations(context, args, (box) => box.listTokens({}));
    if (args.has("json")) context.out(JSON.stringify(tokens));
    else for (const token of tokens) context.out(row(token));
    return 0;
  },
};

function row({ id, scope, expires_at, name }: TokenView): string {
  const until = expires_at === 0 ? "never expires" : `until ${new Date(expires_at).toISOString().slice(0, 10)}`;
  return [id, scope.padEnd(9), until.padEnd(16), name].join(" ").trimEnd();
}

const revoke: Command = {
  name: "token revoke",
  words: "ID",
  summary: "make a token worthless, at once",
  flags: {},
  async run(context, args) {
    if (args.words.length !== 1) throw new UsageError("one token id is wanted (see `token list`)");
    const token = await withOperations(context, args, (box) => box.revokeToken({ id: args.words[0] }));
    context.out(args.has("json") ? JSON.stringify(token) : `revoked ${token.id}`);
    return 0;
  },
};

export const tokenCommands: readonly Command[] = [create, list, revoke];
