import { UsageError } from "../arguments.ts";

/** Where a password may come from. */
export interface SecretSources {
  /** Absolute; "" for none. */
  readonly file: string;
  /** PARLEY_PASSWORD. */
  readonly variable: string | undefined;
  /** A terminal to ask on; null where there is none. */
  readonly terminal: SecretTerminal | null;
}

/** A terminal as far as asking goes. */
export interface SecretTerminal {
  write(text: string): void;
  /** Without echo, and key by key. */
  setRaw(raw: boolean): void;
  /** Octets that were typed; null at the end. */
  read(): Promise<Uint8Array | null>;
}

/** The password: from the file, the variable, or the terminal, in that order. Rejects with UsageError where there is none. */
export async function readSecret({ file, variable, terminal }: SecretSources, prompt: string): Promise<string> {
  if (file !== "") {
    let text: string;
    try {
      text = await Deno.readTextFile(file);
    } catch (error) {
      throw new UsageError(`--password-file cannot be read: ${(error as Error).message}`);
    }
    return text.split(/\r?\n/, 1)[0];
  }
  if (variable !== undefined && variable !== "") return variable;
  if (terminal === null) {
    throw new UsageError("there is no terminal to ask for the password: use --password-file FILE or PARLEY_PASSWORD");
  }
  return await ask(terminal, prompt);
}

const [CTRL_C, CTRL_D, BACKSPACE, LF, CR, CTRL_U, DELETE] = [3, 4, 8, 10, 13, 21, 127];

async function ask(terminal: SecretTerminal, prompt: string): Promise<string> {
  terminal.write(prompt);
  terminal.setRaw(true);
  const typed: number[] = [];
  try {
    for (;;) {
      const octets = await terminal.read();
      if (octets === null) throw new UsageError("no password was typed");
      for (const octet of octets) {
        if (octet === CR || octet === LF) return new TextDecoder().decode(new Uint8Array(typed));
        if (octet === CTRL_C || octet === CTRL_D) throw new UsageError("no password was typed");
        if (octet === BACKSPACE || octet === DELETE) {
          // A character of several octets goes as a whole.
          while (typed.length > 0 && (typed.pop()! & 0xc0) === 0x80);
        } else if (octet === CTRL_U) typed.length = 0;
        else if (typed.length < 1024) typed.push(octet);
      }
    }
  } finally {
    terminal.setRaw(false);
    terminal.write("\n");
  }
}
