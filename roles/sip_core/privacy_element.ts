import type { Element } from "./exchange.ts";
import { privacyOf, privacyProblem } from "./privacy.ts";

/** What the exits give: the asserted identity and what tells of the user. Via and Contact stay: the next hop needs them. */
const OFFERED: ReadonlySet<string> = new Set(["id", "user"]);

/** A request whose privacy is `critical` and cannot be given goes nowhere (RFC 3323 §5). */
export const criticalPrivacy: Element = (next) => (exchange) => {
  const { request } = exchange;
  const problem = request.has("Privacy") ? privacyProblem(privacyOf(request), OFFERED) : null;
  if (problem === null) next(exchange);
  else exchange.reply(problem.status, { reason: problem.reason });
};
