import { resolve } from "node:path";
import { type Arguments, UsageError } from "./arguments.ts";
import type { CliContext, Command } from "./command.ts";
import { connectControl } from "./control_client.ts";
import { lockData } from "./data_lock.ts";
import { moveFile } from "./move_file.ts";
import { type AuditView, OperationError, type Status } from "../operations/mod.ts";
import { configOf, withOperations } from "./with_operations.ts";

/** Audit entries in one answer of the box. */
const EXPORT_PAGE = 5000;

const status: Command = {
  name: "status",
  words: "",
  summary: "say whether the box runs, and how it is",
  flags: {},
  async run(context, args) {
    if (args.words.length > 0) throw new UsageError(`"${args.words[0]}" is one word too many`);
    const status = await withOperations(context, args, (box) => box.status({}));
    if (args.has("json")) context.out(JSON.stringify(status));
    else for (const line of statusLines(status)) context.out(line);
    return status.trouble === null ? 0 : 1;
  },
};

function statusLines(
  { live, version, domains, data, users, deferred_messages, deferred_octets, trouble }: Status,
): string[] {
  const lines = [
    live === undefined ? "parley is not running" : `parley runs (pid ${live.pid}, up ${duration(live.uptime_seconds)})`,
    `version     ${version}`,
    `domains     ${domains.join(", ")}`,
    `data        ${data}`,
    `users       ${users}${live === undefined ? "" : `, ${live.registered} registered`}`,
    `waiting     ${deferred_messages} messages, ${deferred_octets} octets`,
    `storage     ${trouble ?? "ok"}`,
  ];
  if (live !== undefined) lines.push(`doors       ${live.doors.join(" ")}`);
  return lines;
}

function duration(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const clock = new Date(seconds % 86_400 * 1000).toISOString().slice(11, 19);
  return days > 0 ? `${days} d ${clock}` : clock;
}

const audit: Command = {
  name: "audit",
  words: "",
  summary: "tell what was done and tried, newest first: logins, users, tokens, backups",
  flags: {
    event: { value: "NAME", help: "only this: login, user.added, token.create, backup …" },
    actor: { value: "WHO", help: "only what this one did: an address, cli" },
    limit: { value: "N", help: "so many entries (default 100)" },
    before: { value: "ID", help: "only entries older than this one" },
    verify: { value: null, help: "compute the hash chain of the whole log anew, and compare" },
    export: { value: "FILE", help: "write the whole log, oldest first, a line of JSON each (- for standard output)" },
  },
  async run(context, args) {
    if (args.words.length > 0) throw new UsageError(`"${args.words[0]}" is one word too many`);
    if (args.has("verify")) return await verifyAudit(context, args);
    if (args.has("export")) return await exportAudit(context, args, args.value("export")!);
    const entries = await withOperations(context, args, (box) =>
      box.listAudit({
        event: args.value("event") ?? "",
        actor: args.value("actor") ?? "",
        before: args.number("before", 0, 0, 999_999_999),
        limit: args.number("limit", 100, 1, 10_000),
      }));
    if (args.has("json")) context.out(JSON.stringify(entries));
    else for (const entry of entries) context.out(auditLine(entry));
    return 0;
  },
};

async function verifyAudit(context: CliContext, args: Arguments): Promise<number> {
  const check = await withOperations(context, args, (box) => box.verifyAudit({}));
  if (args.has("json")) context.out(JSON.stringify(check));
  else if (!check.ok) context.out(`the audit log was changed: entry ${check.at}: ${check.reason}`);
  else if (check.entries === 0) context.out("the audit log is whole: it has no entries in its chain");
  else {
    context.out(`the audit log is whole: ${check.entries} entries, ${check.first} to ${check.last}`);
    context.out(`chain value of the last: ${check.head}`);
  }
  return check.ok ? 0 : 1;
}

/** In pages: the box has no more than one of them in memory. */
async function exportAudit(context: CliContext, args: Arguments, target: string): Promise<number> {
  const path = target === "-" ? null : resolve(context.cwd, target);
  const file = path === null ? null : await openNew(path);
  let entries = 0;
  try {
    await withOperations(context, args, async (box) => {
      for (let from = 0;;) {
        const page = await box.exportAudit({ from, limit: EXPORT_PAGE });
        if (page.length === 0) return;
        const lines = page.map(({ id, at, event, actor, facts, chain }) =>
          JSON.stringify({ id, at, event, actor, facts, chain })
        );
        if (file === null) { for (const line of lines) context.out(line); }
        else await writeAll(file, `${lines.join("\n")}\n`);
        entries += page.length;
        from = page[page.length - 1].id + 1;
      }
    });
    await file?.sync();
  } catch (error) {
    if (path !== null) await Deno.remove(path);
    throw error;
  } finally {
    file?.close();
  }
  if (path !== null) context.out(args.has("json") ? JSON.stringify({ path, entries }) : `${path} (${entries} entries)`);
  return 0;
}

async function openNew(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) throw new OperationError("conflict", `${path}: exists already`);
    throw error;
  }
}

async function writeAll(file: Deno.FsFile, text: string): Promise<void> {
  const octets = new TextEncoder().encode(text);
  for (let at = 0; at < octets.length;) at += await file.write(octets.subarray(at));
}

function auditLine({ id, at, event, actor, facts }: AuditView): string {
  const told = Object.entries(facts).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [id, new Date(at).toISOString(), event.padEnd(14), actor, ...told].join(" ");
}

const backup: Command = {
  name: "backup",
  words: "[PATH]",
  summary: "copy the live database to one file, consistent (default: under backups/ in the data folder)",
  flags: {},
  async run(context, args) {
    if (args.words.length > 1) throw new UsageError(`"${args.words[1]}" is one word too many`);
    const wanted = args.words.length === 0 ? null : resolve(context.cwd, args.words[0]);
    if (wanted !== null && await exists(wanted)) throw new OperationError("conflict", `${wanted}: exists already`);
    const made = await withOperations(context, args, (box) => box.backup({}));
    if (wanted !== null) await moveFile(made.path, wanted);
    const path = wanted ?? made.path;
    if (args.has("json")) context.out(JSON.stringify({ ...made, path }));
    else {
      const { octets, recovery_key } = made;
      const opens = recovery_key === "" ? "NOT SEALED: who has it can read everything" : `recovery key ${recovery_key}`;
      context.out(`${path} (${octets} octets, ${opens})`);
    }
    return 0;
  },
};

const restore: Command = {
  name: "restore",
  words: "FILE",
  summary: "put a backup in the place of the database (the box must be stopped)",
  flags: {
    "recovery-key": { value: "TEXT", help: "the recovery key that opens it (- to read it from standard input)" },
    force: { value: null, help: "replace a database that is there; it is kept as *.before-restore" },
  },
  async run(context, args) {
    if (args.words.length !== 1) throw new UsageError("the path of one backup is wanted");
    const config = configOf(context, args);
    const box = await connectControl(config.data);
    if (box !== null) {
      box.close();
      throw new OperationError("conflict", `a box runs on ${config.data}; stop it first`);
    }
    const path = resolve(context.cwd, args.words[0]);
    const key = args.value("recovery-key") ?? "";
    const recoveryKey = (key === "-" ? await context.input() : key).trim();
    const lock = await lockData(config.data, 2000);
    try {
      const done = await context.store.restore(config, path, { force: args.has("force"), recoveryKey });
      context.out(args.has("json") ? JSON.stringify({ restored: path }) : done);
    } catch (error) {
      if (error instanceof RangeError) throw new UsageError(`--recovery-key: ${error.message}`);
      throw error;
    } finally {
      lock.release();
    }
    return 0;
  },
};

const rotate: Command = {
  name: "key rotate",
  words: "",
  summary: "make a new sealing key and seal everything with it",
  flags: {},
  async run(context, args) {
    if (args.words.length > 0) throw new UsageError(`"${args.words[0]}" is one word too many`);
    const rotation = await withOperations(context, args, (box) => box.rotateKey({}));
    if (args.has("json")) context.out(JSON.stringify(rotation));
    else context.out(`key ${rotation.key} is in use; ${rotation.resealed} values were sealed anew`);
    return 0;
  },
};

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

export const boxCommands: readonly Command[] = [status, audit, backup, restore, rotate];
