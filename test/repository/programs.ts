import * as api from "../../provider/index.js";
import { files, read } from "./files.js";

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

/** The complete programs of the documents (those with an import) and the examples of the doc comments. */
export function programs(): Program[] {
  const blocks = (text: string) => [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, block = ""]) => block);
  const numbered = (document: string, texts: readonly string[]) =>
    texts.map((text, index) => ({ document, number: index + 1, text }));
  return [
    ...documents.flatMap((document) =>
      numbered(
        document,
        blocks(read(document)).filter((text) => text.includes("import ")),
      ),
    ),
    ...files("provider", ".ts").flatMap((document) =>
      numbered(document, blocks(read(document).replace(/^ *\* ?/gm, "")).map(complete)),
    ),
  ];
}

/** Adds the imports that an example of a doc comment leaves out. */
function complete(text: string): string {
  if (text.includes("import ")) return text;
  const names = Object.keys(api).filter((name) => new RegExp(`\\b${name}\\b`).test(text));
  return [
    `import { ${names.join(", ")} } from "pulumi-gitlab-deploy-tokens";`,
    ...(text.includes("k8s.") ? ['import * as k8s from "@pulumi/kubernetes";'] : []),
    ...(text.includes("config.")
      ? ['import { Config } from "@pulumi/pulumi";', "const config = new Config();"]
      : []),
    text,
  ].join("\n");
}
