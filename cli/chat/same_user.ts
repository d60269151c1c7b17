/** The same user, whatever else stands in the URI. */
export function sameUser(a: string, b: string): boolean {
  return bare(a) === bare(b);
}

function bare(uri: string): string {
  return uri.replace(/^sips?:/i, "").split(/[;?]/, 1)[0].replace(/:506[01]$/, "").toLowerCase();
}
