import type { SetupRole } from "./msrp_media.ts";

/**
 * What to answer to an offered role (RFC 6135 §4.2): we wait for the other side where it can connect, as a host that everybody
 * reaches should; `active` only where the offer is `passive`, which cannot be answered otherwise. `prefer` "active" is for who
 * cannot be reached (behind a NAT, a browser): it connects where the offer allows. Without a role the offerer connects
 * (RFC 4975 §8.5).
 */
export function answerSetup(
  offered: SetupRole | undefined,
  prefer: "active" | "passive" = "passive",
): "active" | "passive" {
  if (offered === "passive") return "active";
  return offered === "actpass" ? prefer : "passive";
}

/**
 * True where the offerer connects after an exchange. Without an answered role it does (RFC 4975 §8.5, RFC 6135 §5); an answer
 * that contradicts the offer (both `active`) counts as none.
 */
export function offererConnects(offered: SetupRole | undefined, answered: SetupRole | undefined): boolean {
  return !(answered === "active" && (offered === "actpass" || offered === "passive"));
}
