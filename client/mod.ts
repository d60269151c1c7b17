/**
 * An IM client as a library (OMA SIMPLE IM 2.0: the IM Client on IM-1, IM-7 and IM-9): registration, service
 * settings, pager messages, chats and files, and the messages of Large Message mode. It stands on `transport` only and
 * uses no API of a runtime, so that it runs in a browser; whoever uses it brings the wires.
 *
 * RFC 3261, 3428, 3862, 3903, 3994, 4975, 5438, 5547, 6135, 7977.
 */
export { type Account, fromText } from "./account.ts";
export { Credentials, unicode } from "./credentials.ts";
export { Registration, type RegistrationUser, type RegistrationWish } from "./registration.ts";
export { CLIENT_ALLOW, type LineUser, reply, SipLine } from "./sip_line.ts";
