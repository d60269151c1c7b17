export const x = Deno.pid;
