/**
 * The three functions of the "metadata reflection" proposal that @peculiar/x509's dependency injection asks for, in place
 * of a polyfill package. Import this before that library. What is there already is left alone.
 */
type Metadata = Map<unknown, unknown>;
const known = new WeakMap<object, Metadata>();

function own(target: object): Metadata {
  let metadata = known.get(target);
  if (metadata === undefined) known.set(target, metadata = new Map());
  return metadata;
}

const functions = {
  defineMetadata(key: unknown, value: unknown, target: object): void {
    own(target).set(key, value);
  },
  getOwnMetadata(key: unknown, target: object): unknown {
    return known.get(target)?.get(key);
  },
  /** The value of the nearest prototype that has one. */
  getMetadata(key: unknown, target: object): unknown {
    for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at)) {
      const metadata = known.get(at);
      if (metadata !== undefined && metadata.has(key)) return metadata.get(key);
    }
    return undefined;
  },
};

for (const [name, value] of Object.entries(functions)) {
  if (!(name in Reflect)) Object.defineProperty(Reflect, name, { value, writable: true, configurable: true });
}
