/** The process's environment as a user's shell has it, without what the package manager and the test runner add. */
export function cleanEnvironment(extra: Record<string, string> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      !/^(NODE_PATH|NODE_OPTIONS|NODE_ENV|VITEST|TEST|FORCE_COLOR|NO_COLOR|npm_|PNPM_)/.test(entry[0]),
  );
  return { ...Object.fromEntries(kept), ...extra };
}
