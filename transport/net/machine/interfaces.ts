import { canonicalHost } from "../ip_octets.ts";

/** Addresses of this machine's interfaces, without zone ids; empty where the permission to ask is missing. */
export function interfaceAddresses(): string[] {
  try {
    return Deno.networkInterfaces().map((found) => canonicalHost(found.address));
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return [];
    throw error;
  }
}
