import { resolve } from "node:path";
import { randomToken } from "../foundation/mod.ts";
import { type Arguments, UsageError } from "./arguments.ts";
import type { CliContext, Command } from "./command.ts";
import { type NewUser, readImport, type UserView } from "../operations/mod.ts";
import { withOperations } from "./with_operations.ts";

const PAGE = 1000;
const SHOWN_ERRORS = 50;
const PASSWORD = {
  value: "PW",
  help: 'the password; "-" reads it from standard input; without it one is made and printed',
};

/** The one word that a command wants. */
function one(args: Arguments, what: string): string {
  if (args.words.length === 0) throw new UsageError(`${what} is missing`);
  if (args.words.length > 1) throw new UsageError(`"${args.words[1]}" is one word too many`);
  return args.words[0];
}

async function passwordOf(context: CliContext, args: Arguments): Promise<{ password: string; made: boolean }> {
  const given = args.value("password");
  if (given === undefined) return { password: randomToken(16), made: true };
  return { password: given === "-" ? (await context.input()).split(/\r?\n/)[0] : given, made: false };
}

const add: Command = {
  name: "user add",
  words: "URI",
  summary: "add a user",
  flags: {
    password: PASSWORD,
    "display-name": { value: "NAME", help: "the name that others see" },
    e164: { value: "+NUMBER", help: "the user's telephone number" },
  },
  async run(context, args) {
    const uri = one(args, "the user's URI (sip:alice@example.test)");
    const { password, made } = await passwordOf(context, args);
    const user: NewUser = {
      uri,
      password,
      display_name: args.value("display-name") ?? "",
      e164: args.value("e164") ?? "",
    };
    const report = await withOperations(
      context,
      args,
      (box) => box.addUsers({ users: [user], replace: false, dry_run: false }),
    );
    for (const { message } of report.errors) context.err(`parley: ${message}`);
    if (report.errors.length > 0) return 1;
    for (const warning of report.warnings) context.err(`parley: warning: ${warning}`);
    if (args.has("json")) context.out(JSON.stringify({ uri, ...(made ? { password } : {}) }));
    else context.out(`added ${uri}${made ? ` with password ${password}` : ""}`);
    return 0;
  },
};

const importUsers: Command = {
  name: "user import",
  words: "FILE.csv",
  summary: "add the users of a file (columns uri,password,display_name,e164): all of them, or none",
  flags: {
    "dry-run": { value: null, help: "check the file and change nothing" },
    replace: { value: null, help: "give users that exist the values of the file" },
  },
  async run(context, args) {
    const path = one(args, "the file");
    const text = path === "-" ? await context.input() : await readFile(resolve(context.cwd, path));
    const { users, lines, faults } = await readImport(text);
    const formErrors = faults.map(({ line, message }) => line === 0 ? message : `line ${line}: ${message}`);
    const dry = args.has("dry-run");
    // A file that is wrong in form is still checked to the end: one look tells all that must be mended.
    const report = await withOperations(
      context,
      args,
      (box) => box.addUsers({ users, replace: args.has("replace"), dry_run: dry || formErrors.length > 0 }),
    );
    const errors = [...formErrors, ...report.errors.map(({ index, message }) => `line ${lines[index]}: ${message}`)];
    for (const warning of report.warnings) context.err(`parley: warning: ${warning}`);
    if (args.has("json")) {
      const done = errors.length > 0 ? { added: 0, replaced: 0 } : { added: report.added, replaced: report.replaced };
      context.out(JSON.stringify({ ...done, dry_run: dry, errors }));
    } else if (errors.length === 0) {
      context.out(
        `${dry ? "would add" : "added"} ${report.added}, ${dry ? "would replace" : "replaced"} ${report.replaced}`,
      );
    } else {
      for (const error of errors.slice(0, SHOWN_ERRORS)) context.err(`${path}: ${error}`);
      if (errors.length > SHOWN_ERRORS) context.err(`${path}: and ${errors.length - SHOWN_ERRORS} more`);
      context.err(`parley: nothing was added: ${errors.length} mistake${errors.length === 1 ? "" : "s"}`);
    }
    return errors.length === 0 ? 0 : 1;
  },
};

async function readFile(path: string): Promise<string> {
  const bytes = await Deno.readFile(path);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new RangeError(`${path}: is not UTF-8 text`, { cause: error });
  }
}

const list: Command = {
  name: "user list",
  words: "",
  summary: "list the users",
  flags: {},
  async run(context, args) {
    if (args.words.length > 0) throw new UsageError(`"${args.words[0]}" is one word too many`);
    await withOperations(context, args, async (box) => {
      const all: UserView[] = [];
      for (let after = "";;) {
        const page = await box.listUsers({ after, limit: PAGE });
        if (args.has("json")) all.push(...page);
        else for (const user of page) context.out(row(user));
        if (page.length < PAGE) break;
        after = page[page.length - 1].uri;
      }
      if (args.has("json")) context.out(JSON.stringify(all));
    });
    return 0;
  },
};

function row({ uri, display_name, e164, state }: UserView): string {
  return [uri.padEnd(36), state.padEnd(9), e164.padEnd(16), display_name].join(" ").trimEnd();
}

const passwd: Command = {
  name: "user passwd",
  words: "URI",
  summary: "give a user another password",
  flags: { password: PASSWORD },
  async run(context, args) {
    const uri = one(args, "the user's URI");
    const { password, made } = await passwordOf(context, args);
    const user = await withOperations(context, args, (box) => box.setPassword({ uri, password }));
    if (args.has("json")) context.out(JSON.stringify({ uri: user.uri, ...(made ? { password } : {}) }));
    else context.out(`${user.uri} has a new password${made ? `: ${password}` : ""}`);
    return 0;
  },
};

function stateCommand(name: string, state: "active" | "suspended", summary: string): Command {
  return {
    name,
    words: "URI",
    summary,
    flags: {},
    async run(context, args) {
      const uri = one(args, "the user's URI");
      const user = await withOperations(context, args, (box) => box.setState({ uri, state }));
      context.out(args.has("json") ? JSON.stringify(user) : `${user.uri} is ${user.state}`);
      return 0;
    },
  };
}

const remove: Command = {
  name: "user remove",
  words: "URI",
  summary: "remove a user",
  flags: {},
  async run(context, args) {
    const uri = one(args, "the user's URI");
    const user = await withOperations(context, args, (box) => box.removeUser({ uri }));
    context.out(args.has("json") ? JSON.stringify(user) : `removed ${user.uri}`);
    return 0;
  },
};

export const userCommands: readonly Command[] = [
  add,
  importUsers,
  list,
  passwd,
  stateCommand("user suspend", "suspended", "refuse the service to a user until resumed"),
  stateCommand("user resume", "active", "give it back"),
  remove,
];
