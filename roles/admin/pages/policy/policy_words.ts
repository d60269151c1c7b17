import { useUi } from "../../../../web/ui/mod.ts";
import type { SettingRow } from "../../services/mod.ts";
import { t } from "./texts.ts";

/** The policy in force as a message to users, in the language of the page. What is not set is left out. */
export function policyWords(rows: readonly SettingRow[]): string {
  const { format } = useUi();
  const valueOf = (key: string) => rows.find((row) => row.key === key)?.value;
  const numberOf = (key: string): number | null => {
    const value = valueOf(key);
    return typeof value === "number" ? value : null;
  };
  const lines = [t("words", { domain: String(valueOf("domain") ?? "") })];
  const size = numberOf("pager.max_body"), types = valueOf("pager.types");
  if (size !== null) lines.push(t("words.size", { size: format.octets(size) }));
  if (Array.isArray(types)) {
    const all = types.includes("*/*");
    lines.push(all ? t("words.any") : t("words.types", { types: format.list(types.map(String)) }));
  }
  const session = numberOf("session.max_message"), file = numberOf("session.max_content");
  if (session !== null && file !== null) {
    lines.push(t("words.session", { size: format.octets(session), file: format.octets(file) }));
  }
  // Where nothing is stored there is nothing to say of how long, and how much.
  if (valueOf("deferred.enabled") === false) return lines.join("\n- ");
  const days = numberOf("deferred.default_days"), most = numberOf("deferred.max_days");
  if (days !== null && most !== null) lines.push(t("words.keep", { days, most }));
  const messages = numberOf("deferred.quota_messages"), octets = numberOf("deferred.quota_bytes");
  if (messages !== null && octets !== null) {
    lines.push(t("words.quota", { n: messages, size: format.octets(octets) }));
  }
  return lines.join("\n- ");
}
