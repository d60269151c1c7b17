// How the runtime's V8 is run, as one word of its command line: the box, and what benches compare it with.
//
// New objects live in a larger nursery: 8 to 20 % less work a message, for some MB (docs/operations.md "Memory and speed"). `gc` is for the
// box to give back, once, what loading took. Left to itself V8 would go through all objects again and again as long as that is less than
// 3 % of the time: at a moderate load that was half of what a message cost. Here it waits until old objects are 2.5 times those that were
// left the last time, and does not begin because nothing happens: the box itself gives back after a burst.
export const V8_FLAGS = "--v8-flags=--min-semi-space-size=4,--max-semi-space-size=32,--expose-gc," +
  "--heap-growing-percent=150,--no-memory-reducer";
