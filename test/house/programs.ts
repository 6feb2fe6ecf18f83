import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "..", "..");

export const read = (file: string) => readFileSync(join(root, file), "utf8");

export function files(folder: string, suffix: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(suffix) && !file.includes("node_modules"))
    .map((file) => join(folder, file));
}

export const documents = [
  "README.md",
  "CHANGELOG.md",
  "test/README.md",
  ...files("docs", ".md"),
  ...files("examples", ".md"),
  ...files(".github", ".md"),
];

export interface Program {
  readonly document: string;
  /** Counted from 1 within its document. */
  readonly number: number;
  readonly text: string;
}

/** The complete programs of the documents: those that import something. */
export function programs(): Program[] {
  return documents.flatMap((document) =>
    [...read(document).matchAll(/```ts\n(.*?)```/gs)]
      .map(([, text = ""]) => text)
      .filter((text) => text.includes("import "))
      .map((text, index) => ({ document, number: index + 1, text })),
  );
}
