import type { AdminView } from "../../services/mod.ts";
import { advice, type HealthCheck, type Issue, issue, MINUTES } from "../health_check.ts";

/** Only one admin may do everything. */
export function ownersCheck(admins: () => readonly AdminView[]): HealthCheck {
  return {
    code: "admins.owner",
    every_ms: MINUTES,
    behind: [],
    run(): Issue[] {
      const owners = admins().filter(({ role }) => role === "owner");
      if (owners.length !== 1) return [];
      const text = "There is only one owner: nobody can stand in, or reset the password.";
      return [issue("info", text, advice("Add a second owner.", "/admin/admins"))];
    },
  };
}
