/**
 * A link that opens linphone with a configuration to fetch: its apps register the scheme `linphone-config:` and fetch what
 * follows it (with `https://` in front where it names no scheme).
 */
export function linphoneLink(url: string): string {
  return `linphone-config:${url}`;
}
