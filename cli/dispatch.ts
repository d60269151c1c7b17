import { ConfigError, nearest } from "../config.ts";
import { COMMON_FLAGS, type Flags, parseArguments, UsageError } from "./arguments.ts";
import { boxCommands } from "./box_commands.ts";
import { chat } from "./chat/chat_command.ts";
import type { CliContext, Command } from "./command.ts";
import { rescueCommands } from "./rescue_commands.ts";
import { serve } from "./serve.ts";
import { tokenCommands } from "./token_commands.ts";
import { userCommands } from "./user_commands.ts";

/** All commands, in the order of the help. */
export const commands: readonly Command[] = [
  serve,
  ...userCommands,
  ...tokenCommands,
  ...rescueCommands,
  ...boxCommands,
  chat,
];

/** Exit codes: see docs/operations.md "Exit codes". */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** Runs one command line. Never rejects: what went wrong is one line on standard error, and the exit code. */
export async function runCommandLine(args: readonly string[], context: CliContext): Promise<number> {
  try {
    const { command, rest } = commandOf(args);
    if (command === "version") {
      context.out(`parley ${context.version}`);
      return EXIT.ok;
    }
    if (command === "help") {
      context.out(helpText(context.version));
      return EXIT.ok;
    }
    try {
      const parsed = parseArguments(rest, command.flags);
      if (parsed.has("help")) {
        context.out(usageText(command));
        return EXIT.ok;
      }
      return await command.run(context, parsed);
    } catch (error) {
      if (error instanceof UsageError) error.message += `\n${usageText(command)}`;
      throw error;
    }
  } catch (error) {
    context.err(`parley: ${error instanceof Error ? error.message : error}`);
    if (error instanceof UsageError || error instanceof ConfigError) return EXIT.usage;
    if (context.environment.PARLEY_LOG?.includes("debug")) context.err(`${(error as Error).stack}`);
    return EXIT.failed;
  }
}

function commandOf(args: readonly string[]): { command: Command | "version" | "help"; rest: readonly string[] } {
  const [first, second] = args;
  if (first === undefined) return { command: serve, rest: [] };
  if (first === "help" || first === "--help" || first === "-h") return { command: "help", rest: [] };
  if (first === "version" || first === "--version") return { command: "version", rest: [] };
  if (first.startsWith("-")) return { command: serve, rest: args };
  const one = commands.find(({ name }) => name === first);
  if (one !== undefined) return { command: one, rest: args.slice(1) };
  const group = commands.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) =>
    name.slice(first.length + 1)
  );
  if (group.length > 0) {
    const two = commands.find(({ name }) => name === `${first} ${second}`);
    if (two !== undefined) return { command: two, rest: args.slice(2) };
    const found = second === undefined ? "nothing" : `"${second}"`;
    throw new UsageError(`after "${first}" comes ${group.join(", ")}; found ${found}${meant(second ?? "", group)}`);
  }
  const names = [...new Set(commands.map(({ name }) => name.split(" ")[0])), "version", "help"];
  throw new UsageError(`unknown command "${first}"${meant(first, names)}; allowed: ${names.join(", ")}`);
}

function meant(word: string, words: readonly string[]): string {
  const near = nearest(word, words);
  return near === undefined ? "" : `; did you mean ${near}?`;
}

/** How one command is used. */
export function usageText({ name, words, summary, flags }: Command): string {
  const all: Flags = { ...flags, ...COMMON_FLAGS };
  const left = (flag: string) => `  --${flag}${all[flag].value === null ? "" : ` ${all[flag].value}`}`;
  const width = Math.max(...Object.keys(all).map((flag) => left(flag).length)) + 2;
  return [
    `usage: parley ${name}${words === "" ? "" : ` ${words}`} [flags]`,
    `  ${summary}`,
    ...Object.entries(all).map(([flag, { help }]) => `${left(flag).padEnd(width)}${help}`),
  ].join("\n");
}

/** All commands, a line each. */
export function helpText(version: string): string {
  const left = ({ name, words }: Command) => `  ${name}${words === "" ? "" : ` ${words}`}`;
  const width = Math.max(...commands.map((command) => left(command).length)) + 2;
  return [
    `parley ${version}: an instant-messaging server (SIP/SIMPLE)`,
    "usage: parley [command] [flags]",
    ...commands.map((command) => `${left(command).padEnd(width)}${command.summary}`),
    "`parley <command> --help` tells a command's flags. Every command takes --data DIR and --config FILE.",
  ].join("\n");
}
