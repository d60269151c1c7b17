import { OperationError } from "../../../operations/mod.ts";
import type { ApiTokens } from "../../../operations/stored/mod.ts";
import type { Clock } from "../../../foundation/mod.ts";
import type { AuditLog } from "../../../storage/mod.ts";
import { type AdminRole, ROLES, type TokenService } from "../services/mod.ts";

const MAX_DAYS = 36_500;
const MAX_NAME = 80;

/** API tokens as the console manages them. */
export class StoredTokenService implements TokenService {
  readonly #tokens: ApiTokens;
  readonly #audit: Pick<AuditLog, "append">;
  readonly #clock: Clock;

  constructor(tokens: ApiTokens, audit: Pick<AuditLog, "append">, clock: Clock) {
    this.#tokens = tokens;
    this.#audit = audit;
    this.#clock = clock;
  }

  list() {
    return this.#tokens.list().map((token) => ({ ...token, last_used_at: this.#tokens.lastUsed(token.id) }));
  }

  async create({ name, role, days }: { name: string; role: AdminRole | "metrics"; days: number }, by: string) {
    const label = name.normalize("NFC").trim();
    if (label.length > MAX_NAME || /[\u0000-\u001f\u007f]/.test(label)) {
      throw new OperationError(
        "invalid",
        `the name must have at most ${MAX_NAME} characters and no control characters`,
      );
    }
    if (role !== "metrics" && !ROLES.includes(role)) {
      throw new OperationError("invalid", `the role is "${role}"; allowed: ${ROLES.join(", ")}, metrics`);
    }
    if (!Number.isInteger(days) || days < 0 || days > MAX_DAYS) {
      throw new OperationError("invalid", `days is ${days}; allowed: 0 (never expires) to ${MAX_DAYS}`);
    }
    const token = await this.#tokens.create(label, role === "owner" ? "admin" : role, days);
    this.#record("token.create", by, { id: token.id, scope: token.scope, days });
    return token;
  }

  async revoke(id: string, by: string): Promise<boolean> {
    const gone = await this.#tokens.revoke(id);
    if (gone !== null) this.#record("token.revoke", by, { id });
    return gone !== null;
  }

  #record(event: string, actor: string, facts: Record<string, string | number>): void {
    this.#audit.append({ at: this.#clock.now(), event, actor, facts });
  }
}
