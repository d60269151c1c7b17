import { randomToken } from "../foundation/mod.ts";
import { ADMIN_ROLES, type AdminRole, type AdminView } from "../operations/mod.ts";
import { type Arguments, UsageError } from "./arguments.ts";
import type { Command } from "./command.ts";
import { withOperations } from "./with_operations.ts";

/** Letters and digits: some 95 bits. */
const PASSWORD_LENGTH = 16;

/** The one admin's name that a command wants. */
function nameOf({ words }: Arguments): string {
  if (words.length === 0) throw new UsageError("the admin's log-in name is missing");
  if (words.length > 1) throw new UsageError(`"${words[1]}" is one word too many`);
  return words[0];
}

const list: Command = {
  name: "admin list",
  words: "",
  summary: "list the admins of the console",
  flags: {},
  async run(context, args) {
    if (args.words.length > 0) throw new UsageError(`"${args.words[0]}" is one word too many`);
    const admins = await withOperations(context, args, (box) => box.listAdmins({}));
    if (args.has("json")) context.out(JSON.stringify(admins));
    else for (const admin of admins) context.out(row(admin));
    return 0;
  },
};

function row({ name, role, totp, last_login_at, display_name }: AdminView): string {
  const seen = last_login_at === 0 ? "never logged in" : `seen ${new Date(last_login_at).toISOString().slice(0, 10)}`;
  return [name.padEnd(16), role.padEnd(9), (totp ? "TOTP" : "-").padEnd(4), seen.padEnd(15), display_name].join(" ")
    .trimEnd();
}

const add: Command = {
  name: "admin add",
  words: "NAME",
  summary: "add an admin of the console, and print the first password, once",
  flags: {
    role: { value: "ROLE", help: "owner, operator, help-desk or auditor" },
    "display-name": { value: "NAME", help: "the name that others see" },
  },
  async run(context, args) {
    const name = nameOf(args);
    const role = args.value("role");
    if (!ADMIN_ROLES.includes(role as AdminRole)) {
      const found = role === undefined ? "--role is missing" : `--role is "${role}"`;
      throw new UsageError(`${found}; allowed: ${ADMIN_ROLES.join(", ")}`);
    }
    const password = randomToken(PASSWORD_LENGTH);
    const display_name = args.value("display-name") ?? "";
    const admin = await withOperations(
      context,
      args,
      (box) => box.addAdmin({ name, display_name, role: role as AdminRole, password }),
    );
    if (args.has("json")) context.out(JSON.stringify({ ...admin, password }));
    else context.out(`added ${admin.name} (${admin.role}) with password ${password}`);
    return 0;
  },
};

const reset: Command = {
  name: "admin reset",
  words: "NAME",
  summary: "give an admin a new password, printed once, and take the second factor away",
  flags: {},
  async run(context, args) {
    const name = nameOf(args);
    const password = randomToken(PASSWORD_LENGTH);
    const admin = await withOperations(context, args, (box) => box.resetAdmin({ name, password }));
    if (args.has("json")) context.out(JSON.stringify({ ...admin, password }));
    else context.out(`${admin.name} (${admin.role}) has password ${password} and no second factor`);
    return 0;
  },
};

const renew: Command = {
  name: "certificate renew",
  words: "",
  summary: "make the box's own, self-signed certificate anew",
  flags: {
    use: { value: null, help: "show it at every door, in the place of one that was uploaded or issued" },
  },
  async run(context, args) {
    if (args.words.length > 0) throw new UsageError(`"${args.words[0]}" is one word too many`);
    const made = await withOperations(context, args, (box) => box.renewCertificate({ use: args.has("use") }));
    if (args.has("json")) {
      context.out(JSON.stringify(made));
      return 0;
    }
    context.out(`a new certificate for ${made.names.join(", ")}`);
    context.out(`valid until ${new Date(made.not_after).toISOString().slice(0, 10)}`);
    context.out(`SHA-256     ${made.fingerprint}`);
    if (!made.in_use) context.out("another certificate is in use and stays so; --use puts this one in its place");
    return 0;
  },
};

/** For the console, when nobody can log in any more. */
export const rescueCommands: readonly Command[] = [list, add, reset, renew];
