import { createHash } from "node:crypto";
import type { Credentials } from "../../storage/mod.ts";

/**
 * What is kept of a password (RFC 7616 §3.4.2, RFC 8760): HA1 = H(username ":" realm ":" password) in MD5 and SHA-256, for
 * each form of username a client may send: `user`, `user@domain`, and the number. Realm is the user's domain. Text is hashed
 * as UTF-8; the password should be in NFC (RFC 7616 §4), which is done here.
 *
 * @param user user part of the address-of-record, as the client will send it
 * @param e164 with its plus; "" when there is none
 * @throws RangeError for an empty user, realm or password, or a user with a colon, which digest cannot carry
 */
export function credentialsFor(user: string, realm: string, password: string, e164 = ""): Credentials {
  if (user === "" || user.includes(":")) throw new RangeError(`user "${user}": must not be empty or contain ":"`);
  if (realm === "") throw new RangeError("realm: must not be empty");
  if (password === "") throw new RangeError("password: must not be empty");
  const secret = password.normalize("NFC");
  const ha1 = (algorithm: "md5" | "sha256", name: string) =>
    createHash(algorithm).update(`${name}:${realm}:${secret}`, "utf8").digest("hex");
  const credentials: Credentials = {
    realm,
    md5: ha1("md5", user),
    sha256: ha1("sha256", user),
    md5WithDomain: ha1("md5", `${user}@${realm}`),
    sha256WithDomain: ha1("sha256", `${user}@${realm}`),
  };
  return e164 === "" ? credentials : { ...credentials, md5Number: ha1("md5", e164), sha256Number: ha1("sha256", e164) };
}
