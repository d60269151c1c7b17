import type { IconName } from "../../../../web/ui/mod.ts";
import type { Permission } from "../../services/mod.ts";

/** Every page of the console that has a place in its navigation, and who sees it. */
export const NAV = [
  { group: "", items: [{ href: "/admin", text: "home", icon: "home", permission: "status.read" }] },
  {
    group: "people",
    items: [
      { href: "/admin/users", text: "users", icon: "users", permission: "users.read" },
      { href: "/admin/sign-ups", text: "sign-ups", icon: "user-plus", permission: "users.read" },
      { href: "/admin/chat-sessions", text: "chat-sessions", icon: "link", permission: "users.read" },
      { href: "/admin/rooms", text: "rooms", icon: "rooms", permission: "users.read" },
      { href: "/admin/messages", text: "messages", icon: "message", permission: "messages.send" },
    ],
  },
  {
    group: "service",
    items: [
      { href: "/admin/policy", text: "policy", icon: "policy", permission: "settings.read" },
      { href: "/admin/network", text: "network", icon: "network", permission: "settings.read" },
      { href: "/admin/certificates", text: "certificates", icon: "certificate", permission: "certificates.read" },
      { href: "/admin/settings", text: "settings", icon: "settings", permission: "settings.read" },
    ],
  },
  {
    group: "safety",
    items: [
      { href: "/admin/backups", text: "backups", icon: "backup", permission: "backups.read" },
      { href: "/admin/recovery", text: "recovery", icon: "recovery", permission: "backups.read" },
      { href: "/admin/admins", text: "admins", icon: "admins", permission: "admins.read" },
      { href: "/admin/tokens", text: "tokens", icon: "key", permission: "tokens.read" },
      { href: "/admin/audit", text: "audit", icon: "audit", permission: "audit.read" },
    ],
  },
  {
    group: "insight",
    items: [
      { href: "/admin/logs", text: "logs", icon: "logs", permission: "logs.read" },
      { href: "/admin/flow", text: "flow", icon: "flow", permission: "logs.read" },
      { href: "/admin/support", text: "support", icon: "support", permission: "support.read" },
      { href: "/admin/api", text: "api", icon: "api", permission: "status.read" },
    ],
  },
] as const satisfies readonly {
  readonly group: string;
  readonly items: readonly {
    readonly href: string;
    readonly text: string;
    readonly icon: IconName;
    readonly permission: Permission;
  }[];
}[];
