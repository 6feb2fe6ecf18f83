import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** Puts a stub of another package's plugin into a folder for the PATH. */
export function writeStubPlugin(folder: string, name: string): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `pulumi-resource-${name}`);
  const stub = resolve(__dirname, "stub-plugin", "index.cjs");
  writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${stub}" "$@"\n`);
  chmodSync(file, 0o755);
  return folder;
}
