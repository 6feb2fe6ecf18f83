/** Ends a script with the number that its work returns. An error ends it with one line and the code `failed`. */
export function exitAfter(work: Promise<unknown>, failed = 1): void {
  work.then(
    (code) => {
      if (typeof code === "number") process.exit(code);
    },
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(failed);
    },
  );
}
