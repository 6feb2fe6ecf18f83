import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, onTestFinished } from "vitest";

/** The temporary folder of a file that calls `useFolder`. */
export let folder: string;

/** Makes one temporary folder for the tests of a file. */
export function useFolder(): void {
  beforeAll(() => {
    folder = temporary();
  });
  afterAll(() => remove(folder));
}

/** Makes a temporary folder, which is removed when the test ends. */
export function folderOfTest(): string {
  const made = temporary();
  onTestFinished(() => remove(made));
  return made;
}

const temporary = () => mkdtempSync(join(tmpdir(), "deploy-tokens-test-"));
const remove = (path: string) => rmSync(path, { recursive: true, force: true });
