import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { folder, useFolder } from "../support/folder.js";

/** `npm run lint` runs it after the linter of the code. */
const linter = resolve(__dirname, "..", "..", ".ci", "prose.mjs");

describe("the linter for prose", () => {
  useFolder();

  function lint(file: string, text: string) {
    writeFileSync(join(folder, file), text);
    const { status, stderr } = spawnSync(process.execPath, [linter, file], { cwd: folder, encoding: "utf8" });
    return { status, findings: stderr.split("\n").filter((line) => line.startsWith(file)) };
  }

  it("finds a rejected word in Markdown, with the better one", () => {
    const { status, findings } = lint("page.md", "# Page\n\nThe list is read an\u0065w.\n");
    expect([status, findings]).toEqual([1, ["page.md:3:18 an\u0065w => again"]]);
  });

  it("finds rejected words in comments, messages and templates of a program", () => {
    const word = "an\u0065w";
    const { status, findings } = lint(
      "program.ts",
      `// Read ${word}.\nconst a = "read it ${word}";\n/** ${word} */\nconst b = \`\${a} ${word} \${a}\`;\n`,
    );
    expect(status).toBe(1);
    expect(findings.map((finding) => finding.split(":")[1])).toEqual(["1", "2", "3", "4"]);
  });

  it("leaves code alone: identifiers, keys, literals of one word, and names in backticks", () => {
    const word = "an\u0065w";
    const program = `// The field \`${word}\`.\nconst ${word} = { ${word}: "${word}" };\nconst r = /${word}/; // r\n`;
    expect(lint("code.ts", program)).toEqual({ status: 0, findings: [] });
    expect(lint("code.md", `Call \`${word}\`:\n\n\`\`\`ts\n${word}();\n\`\`\`\n`).status).toBe(0);
  });

  it("reads the newest section of the changelog only", () => {
    const word = "an\u0065w";
    expect(lint("CHANGELOG.md", `# Changelog\n\n## 2\n\nNew.\n\n## 1\n\nRead ${word}.\n`).status).toBe(0);
    expect(lint("CHANGELOG.md", `# Changelog\n\n## 2\n\nRead ${word}.\n`).status).toBe(1);
  });
});
