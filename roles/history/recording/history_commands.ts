import type { Clock } from "../../../foundation/mod.ts";
import {
  HISTORY_LIST_TYPE,
  type HistoryCommand,
  mediaType,
  readHistoryCommand,
} from "../../../transport/payload/mod.ts";
import { tryParseUri } from "../../../transport/sip/mod.ts";
import { addressOf, type Element, type Exchange, type Row, serviceState } from "../../sip_core/mod.ts";
import { FUNCTION_NOT_ALLOWED, NOT_AUTHORISED, refusal } from "../../participating/mod.ts";
import { HISTORY_USER } from "../service_names.ts";
import type { CommandRefusal } from "./desk_types.ts";
import type { Desk } from "./desk.ts";

export interface HistoryCommandsParts {
  readonly desk: Pick<Desk, "command" | "order">;
  readonly clock: Clock;
  /** Who speaks in Warnings: our first domain. */
  readonly host: string;
  /** What went wrong that must not. */
  readonly failed: (error: unknown) => void;
}

/** What is wrong with a command that cannot be read, for people. */
interface Unreadable {
  readonly problem: string;
}

/** Commands to record a conversation, or no longer (oma-reference §3.5): MESSAGE to `sip:history@domain`, or INFO in a dialog. */
export class HistoryCommands {
  readonly #parts: HistoryCommandsParts;

  constructor(parts: HistoryCommandsParts) {
    this.#parts = parts;
  }

  /** To be put before "subscribe", and before the row that brings recordings by the same URI. */
  get row(): Row {
    return { name: "commands to record", element: this.element };
  }

  readonly element: Element = (next) => (exchange) => {
    const { request, ours, routes } = exchange;
    if (request.method !== "MESSAGE" || !ours || routes.length > 0 || request.to.tag !== "") return next(exchange);
    const uri = tryParseUri(exchange.target);
    // Escapes undone: `%68istory` is the same name (RFC 3261 §19.1.4).
    if (uri === null || addressOf(uri).user !== HISTORY_USER) return next(exchange);
    this.#message(exchange).catch((error: unknown) => {
      this.#parts.failed(error);
      if (!exchange.transaction.answered) exchange.reply(500);
    });
  };

  /**
   * A command in an INFO about a session or room (Info-Package `oma-im-history`): for the one of that name (Call-ID, room), whatever its body calls it;
   * else for what the body names. `aor`: the folded address of the user whose device sent it. Why it is not carried out, for people;
   * else null.
   */
  readonly infoCommand = (conversation: string, aor: string, contentType: string, body: Uint8Array): string | null => {
    if (mediaType(contentType) !== HISTORY_LIST_TYPE) return `A command is of the type ${HISTORY_LIST_TYPE}`;
    const command = commandOf(body);
    if ("problem" in command) return command.problem;
    const { desk } = this.#parts;
    const { action, name } = command;
    const inside = desk.command(aor, conversation, action, name);
    if (inside?.status !== 404) return inside?.reason ?? null;
    return desk.command(aor, namedIn(command), action, name)?.reason ?? null;
  };

  async #message(exchange: Exchange): Promise<void> {
    const { desk, clock, host } = this.#parts;
    const { request, subscriber } = exchange;
    if (subscriber === null || serviceState(subscriber, clock) !== "active") {
      return exchange.reply(403, refusal(host, "Recording Is For Users Of This Service", NOT_AUTHORISED));
    }
    const required = request.list("Require");
    if (required.length > 0) return exchange.reply(420, { headers: [["Unsupported", required.join(", ")]] });
    if (mediaType(request.get("Content-Type") ?? "") !== HISTORY_LIST_TYPE) {
      return exchange.reply(415, { reason: "Send A Command To Record", headers: [["Accept", HISTORY_LIST_TYPE]] });
    }
    const coding = request.get("Content-Encoding");
    if (coding !== undefined && coding.toLowerCase() !== "identity") {
      return exchange.reply(415, { headers: [["Accept-Encoding", "identity"]] });
    }
    const command = commandOf(request.body);
    if ("problem" in command) return exchange.reply(400, { reason: command.problem });
    this.#answer(exchange, await desk.order(subscriber.aor, namedIn(command), command.action, command.name));
  }

  #answer(exchange: Exchange, refused: CommandRefusal | null): void {
    if (refused === null) return exchange.reply(200);
    const { status, reason } = refused;
    const text = `${FUNCTION_NOT_ALLOWED} ${status === 403 ? "operator policy" : "limits of recording"}`;
    exchange.reply(status, status === 404 ? { reason } : refusal(this.#parts.host, reason, text));
  }
}

function commandOf(body: Uint8Array): HistoryCommand | Unreadable {
  try {
    return readHistoryCommand(body);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { problem: error.message.replace(/[^\x20-\x7e]/g, "?").slice(0, 200) };
  }
}

function namedIn({ conversation: { group, party } }: HistoryCommand): string {
  return group ?? party ?? "";
}
