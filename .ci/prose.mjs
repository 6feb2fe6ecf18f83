// Lints prose by the words of .prose.yml: Markdown, and the comments and messages in TypeScript.
// `node .ci/prose.mjs` reads the repository, `node .ci/prose.mjs FILE...` reads these files only.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { extname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import kernel from "@textlint/kernel";
import markdown from "@textlint/textlint-plugin-markdown";
import prh from "textlint-rule-prh";
import ts from "typescript";

const root = resolve(fileURLToPath(import.meta.url), "..", "..");
const patterns = ["*.md", "provider/**/*.ts", "test/**/*.ts", "test/**/*.mts", "examples/**/*.ts"];
const others = [".github/CODE_OF_CONDUCT.md"];

function filesOfRepository() {
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "--", ...patterns], {
    cwd: root,
    encoding: "utf8",
  });
  return listed.split("\n").filter((file) => file !== "" && !others.includes(file));
}

/** The ranges that people read: comments, and literals of more than one word. A name in backticks is code. */
function proseRanges(text) {
  const program = ts.createSourceFile("program.ts", text, ts.ScriptTarget.Latest, false);
  const literals = [];
  const visit = (node) => {
    const isTemplate = ts.isTemplateLiteralToken(node);
    if (isTemplate || ts.isStringLiteral(node) || ts.isRegularExpressionLiteral(node)) {
      const isProse = isTemplate || (ts.isStringLiteral(node) && /\S\s\S/.test(node.text));
      literals.push({ start: node.getStart(program), end: node.end, isProse });
    }
    ts.forEachChild(node, visit);
  };
  visit(program);
  const ranges = [];
  let code = "";
  for (const { start, end, isProse } of literals) {
    code += text.slice(code.length, start) + "x".repeat(end - start);
    if (isProse) ranges.push([start + 1, end - 1]);
  }
  code += text.slice(code.length);
  for (const { index, 0: comment } of code.matchAll(/\/\/[^\n]*|\/\*.*?\*\//gs)) {
    const names = [...comment.matchAll(/`[^`\n]*`/g)].map((name) => [
      name.index,
      name.index + name[0].length,
    ]);
    const starts = [0, ...names.map(([, end]) => end)];
    const ends = [...names.map(([start]) => start), comment.length];
    for (const [part, start] of starts.entries()) ranges.push([index + start, index + ends[part]]);
  }
  return { program, ranges: ranges.filter(([start, end]) => end > start).sort(([a], [b]) => a - b) };
}

/** A program as textlint's tree of texts. */
function textsOf(text) {
  const { program, ranges } = proseRanges(text);
  const place = (offset) => {
    const { line, character } = program.getLineAndCharacterOfPosition(offset);
    return { line: line + 1, column: character };
  };
  const node = (type, [start, end]) => ({
    type,
    raw: text.slice(start, end),
    range: [start, end],
    loc: { start: place(start), end: place(end) },
  });
  const children = ranges.map((range) => ({
    ...node("Paragraph", range),
    children: [{ ...node("Str", range), value: text.slice(...range) }],
  }));
  return { ...node("Document", [0, text.length]), children };
}

class TypeScriptProcessor {
  availableExtensions() {
    return [".ts", ".mts"];
  }

  processor() {
    return {
      preProcess: textsOf,
      postProcess: (messages, filePath) => ({ messages, filePath }),
    };
  }
}

/** Released versions of the changelog stay as they were published. */
function newestSection(file, text) {
  if (!file.endsWith("CHANGELOG.md")) return text;
  return text
    .split(/^(?=## )/m)
    .slice(0, 2)
    .join("");
}

const linter = new kernel.TextlintKernel();
const options = {
  plugins: [
    { pluginId: "markdown", plugin: markdown.default ?? markdown },
    { pluginId: "typescript", plugin: { Processor: TypeScriptProcessor } },
  ],
  rules: [{ ruleId: "prh", rule: prh.default ?? prh, options: { rulePaths: [resolve(root, ".prose.yml")] } }],
  configBaseDir: root,
};
const given = process.argv.slice(2);
let count = 0;
for (const file of given.length > 0 ? given : filesOfRepository()) {
  const path = resolve(given.length > 0 ? "." : root, file);
  const text = newestSection(file, readFileSync(path, "utf8"));
  const { messages } = await linter.lintText(text, { ...options, filePath: path, ext: extname(file) });
  for (const { line, column, message } of messages) console.error(`${file}:${line}:${column} ${message}`);
  count += messages.length;
}
if (count > 0) console.error(`${count} findings; .prose.yml has the better words`);
process.exitCode = count > 0 ? 1 : 0;
