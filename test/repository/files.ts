import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "..", "..");

export const read = (file: string) => readFileSync(join(root, file), "utf8");

export function files(folder: string, suffix: string): string[] {
  // documents.test.ts writes its programs into a folder of this name at the same time.
  const isOurs = (file: string) => !/node_modules|programs-/.test(file);
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(suffix) && isOurs(file))
    .map((file) => join(folder, file));
}
