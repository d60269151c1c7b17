import { resolve } from "node:path";
import { UsageError } from "./arguments.ts";
import type { Command } from "./command.ts";
import { connectControl } from "./control_client.ts";
import { lockData } from "./data_lock.ts";
import { moveTree } from "./move_tree.ts";
import { type AuditView, OperationError, type Status } from "../operations/mod.ts";
import { configOf, withOperations } from "./with_operations.ts";

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
  },
  async run(context, args) {
    if (args.words.length > 0) throw new UsageError(`"${args.words[0]}" is one word too many`);
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

function auditLine({ id, at, event, actor, facts }: AuditView): string {
  const told = Object.entries(facts).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [id, new Date(at).toISOString(), event.padEnd(14), actor, ...told].join(" ");
}

const backup: Command = {
  name: "backup",
  words: "[PATH]",
  summary: "copy the live database, consistent (default: under backups/ in the data folder)",
  flags: {},
  async run(context, args) {
    if (args.words.length > 1) throw new UsageError(`"${args.words[1]}" is one word too many`);
    const wanted = args.words.length === 0 ? null : resolve(context.cwd, args.words[0]);
    if (wanted !== null && await exists(wanted)) throw new OperationError("conflict", `${wanted}: exists already`);
    const { path, octets } = await withOperations(context, args, (box) => box.backup({}));
    if (wanted !== null) await moveTree(path, wanted);
    const at = wanted ?? path;
    context.out(args.has("json") ? JSON.stringify({ path: at, octets }) : `${at} (${octets} octets)`);
    return 0;
  },
};

const restore: Command = {
  name: "restore",
  words: "PATH",
  summary: "put a backup in the place of the database (the box must be stopped)",
  flags: { force: { value: null, help: "replace a database that is there" } },
  async run(context, args) {
    if (args.words.length !== 1) throw new UsageError("the path of one backup is wanted");
    const config = configOf(context, args);
    const box = await connectControl(config.data);
    if (box !== null) {
      box.close();
      throw new OperationError("conflict", `a box runs on ${config.data}; stop it first`);
    }
    const path = resolve(context.cwd, args.words[0]);
    const lock = await lockData(config.data, 2000);
    try {
      const done = await context.store.restore(config, path, args.has("force"));
      context.out(args.has("json") ? JSON.stringify({ restored: path }) : done);
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
