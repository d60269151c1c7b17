import type { Subscriber } from "../../storage/mod.ts";
import { endpointText } from "../../transport/net/mod.ts";
import { type ClientDoor, doorUri } from "./client_door.ts";
import { REGISTER_EVERY_S } from "./linphone_config.ts";

/** What stands in the place of a password that the box does not know. */
export const PASSWORD_PLACEHOLDER = "YOUR-PASSWORD";

/** What a user types into a client that cannot be configured by a link. */
export interface ClientSettings {
  readonly address: string;
  readonly username: string;
  readonly domain: string;
  readonly server: string;
  readonly transport: ClientDoor["transport"];
}

export function clientSettings(user: Subscriber, door: ClientDoor): ClientSettings {
  const at = user.aor.lastIndexOf("@");
  return {
    address: user.aor,
    username: user.aor.slice("sip:".length, at),
    domain: user.aor.slice(at + 1),
    server: endpointText({ host: door.host, port: door.port }),
    transport: door.transport,
  };
}

/**
 * A line of baresip's `accounts` file. `password` null: a placeholder stands for it. Null where the password holds what
 * such a line cannot carry: its parameters end at `;`, and there is no way to escape.
 */
export function baresipAccount(user: Subscriber, door: ClientDoor, password: string | null): string | null {
  if (password !== null && !/^[!#-:=?-~]+$/.test(password)) return null;
  const { username, domain } = clientSettings(user, door);
  return `<sip:${username}@${domain};transport=${door.transport}>` +
    `;auth_user=${username};auth_pass=${password ?? PASSWORD_PLACEHOLDER}` +
    `;outbound="${doorUri(door)}";regint=${REGISTER_EVERY_S}`;
}
