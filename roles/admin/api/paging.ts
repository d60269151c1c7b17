/** The Link line to the next page (RFC 8288): the same request, from behind `after`. */
export function nextLink(url: string, name: string, after: string): string {
  const { pathname, searchParams } = new URL(url);
  searchParams.set(name, after);
  return `<${pathname}?${searchParams}>; rel="next"`;
}
