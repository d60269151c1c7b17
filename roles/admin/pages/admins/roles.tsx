import { Badge, type IconName } from "../../../../web/ui/mod.ts";
import { type AdminRole, ROLES } from "../../services/mod.ts";
import { t } from "./texts.ts";

/** Of an admin or an API token; `admin` is what tokens call an owner's. */
export type AnyRole = AdminRole | "admin" | "metrics";

const ICONS: Readonly<Record<AnyRole, IconName>> = {
  owner: "key",
  admin: "key",
  operator: "settings",
  "help-desk": "support",
  auditor: "eye",
  metrics: "api",
};

/** A role in a word. */
export function RoleBadge({ role }: { role: AnyRole }) {
  const strong = role === "owner" || role === "admin";
  return <Badge tone={strong ? "info" : "plain"} icon={ICONS[role]}>{t(`role.${role}`)}</Badge>;
}

/** For a form: each role with what it may. */
export function roleChoices(roles: readonly Exclude<AnyRole, "admin">[] = ROLES) {
  return roles.map((role) => ({ value: role, label: t(`role.${role}`), hint: t(`words.${role}`) }));
}
