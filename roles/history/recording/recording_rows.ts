import { addressOf, type Element, Exchange, EXPLODED_BY, insertBefore, NO_WIRE, type Row } from "../../sip_core/mod.ts";
import { tryParseUri } from "../../../transport/sip/mod.ts";
import { listSide, withoutList } from "./list_original.ts";
import { isFleeting } from "../sessions/what_is_said.ts";
import { contentOf, type MessageContent } from "./pager_message.ts";
import { PagerLines } from "./pager_lines.ts";
import { senderOf } from "./pager_parties.ts";
import { PagerSides } from "./pager_sides.ts";
import { PagerRecorder, type PagerRecorderParts } from "./pager_recorder.ts";
import { type BeforeSuccess, RecordedTransaction } from "./recorded_transaction.ts";

export interface RecordingRowsParts extends PagerRecorderParts {
  /** True for the folded URI of a group that is written to by MESSAGE. */
  readonly isGroup: (uri: string) => boolean;
  /** Where messages to lists go, folded. */
  readonly exploder: string;
}

/**
 * Records what goes by MESSAGE: what its sender is told 2xx for, and what its recipient's rules let pass. The 2xx waits until it is kept.
 * Where nobody records, a message costs a look at one flag.
 */
export class RecordingRows {
  readonly #parts: RecordingRowsParts;
  readonly #recorder: PagerRecorder;
  readonly #lines: PagerLines;

  constructor(parts: RecordingRowsParts) {
    this.#parts = parts;
    this.#recorder = new PagerRecorder(parts);
    this.#lines = new PagerLines(parts.desk.wishes);
  }

  /** For messages to one other. To be called when "access rules" stands, and before rows are taken for requests of the box's own. */
  joinMessages(table: Row[]): void {
    insertBefore(table, "access rules", { name: "recording", element: this.element });
    const at = table.findIndex(({ name }) => name === "access rules");
    table.splice(at + 1, 0, { name: "recording for the recipient", element: this.passedElement });
  }

  /** For messages to many. To be called when "messages to lists" stands. */
  joinLists(table: Row[]): void {
    insertBefore(table, "messages to lists", { name: "recording for senders to many", element: this.listElement });
  }

  /** In front of the access rules: which answer by themselves where a block is polite. */
  readonly element: Element = (next) => (exchange) => {
    const { desk, clock } = this.#parts;
    const { request, recipient, ours } = exchange;
    if (request.method !== "MESSAGE" || desk.idle) return next(exchange);
    // The service itself (§2.4), and what it says.
    if ((ours && recipient === null) || isOwnWord(exchange)) return next(exchange);
    const line = this.#lines.of(exchange, senderOf(exchange));
    const content = line.isWanted(this.#recorder.kindOf(request.body.length)) ? saidIn(exchange) : null;
    if (content === null) return next(exchange);
    const at = clock.now();
    next(this.#over(exchange, (recorded, done) => {
      this.#recorder.keep(request, content, at, line.sidesOf(exchange, recorded.passed), done);
    }));
  };

  /** Behind the access rules. */
  readonly passedElement: Element = (next) => (exchange) => {
    const { transaction } = exchange;
    if (transaction instanceof RecordedTransaction) transaction.passed = true;
    next(exchange);
  };

  /** In front of "messages to lists": what the sender wrote, once; copies are recorded by those who get them. */
  readonly listElement: Element = (next) => (exchange) => {
    const { desk, clock, exploder, isGroup } = this.#parts;
    const { request, ours } = exchange;
    if (request.method !== "MESSAGE" || desk.idle || !ours) return next(exchange);
    const sender = senderOf(exchange);
    if (sender === null || !desk.wishes.mayRecord(sender.aor)) return next(exchange);
    const uri = tryParseUri(exchange.target);
    const to = uri === null ? "" : addressOf(uri).aor;
    const whole = to === exploder || isGroup(to) ? saidIn(exchange) : null;
    if (whole === null) return next(exchange);
    const at = clock.now();
    next(this.#over(exchange, (_, done) => {
      const { content, parties } = to === exploder ? withoutList(request, whole) : { content: whole, parties: [] };
      const side = listSide(sender, to, to !== exploder, parties);
      this.#recorder.keep(request, content, at, new PagerSides([side]), done);
    }));
  };

  /** The same exchange, whose 2xx waits for `before`. */
  #over(exchange: Exchange, before: BeforeSuccess): Exchange {
    return exchange.over(
      new RecordedTransaction(exchange.transaction, (recorded, done) => {
        try {
          before(recorded, done);
        } catch (error) {
          // Delivered it is: its sender is to know.
          this.#parts.log.error("a message was delivered and not recorded, for a fault", {
            callId: exchange.request.callId,
            error: error instanceof Error ? error.stack ?? error.message : String(error),
          });
          done();
        }
      }),
    );
  }
}

/** What is said; null for nothing at all, what became of a message, that somebody is typing. */
function saidIn({ request }: Exchange): MessageContent | null {
  const content = contentOf(request);
  const { contentType, headers, body } = content;
  return body.length === 0 || isFleeting(contentType, headers, body) ? null : content;
}

/** A message in the name of the box, or of its lists: not one that somebody has written. */
function isOwnWord({ flow, request }: Exchange): boolean {
  return flow === NO_WIRE && request.getOther(EXPLODED_BY) === undefined;
}
