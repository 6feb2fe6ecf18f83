import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "../engine/command.js";
import { exitAfter } from "../engine/exit.js";
import { mutations } from "./mutations.js";

const root = resolve(__dirname, "..", "..");

/**
 * Breaks each promise on purpose in a copy of the tree. The test of that promise must fail. An argument selects the
 * promises that contain this text.
 */
async function main(): Promise<number> {
  const copy = mkdtempSync(join(tmpdir(), "mutations-"));
  try {
    for (const name of ["provider", "test", "docs", "examples", "package.json", "tsconfig.json"]) {
      cpSync(join(root, name), join(copy, name), {
        recursive: true,
        filter: (file) => !file.includes("node_modules"),
      });
    }
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    let survived = 0;
    const wanted = mutations.filter(({ promise }) => promise.includes(process.argv[2] ?? ""));
    for (const { promise, file, find, replace = "", test, name } of wanted) {
      const path = join(copy, file);
      const original = readFileSync(path, "utf8");
      if (!original.includes(find)) throw new Error(`${promise}: ${file} no longer has the text to change`);
      writeFileSync(
        path,
        original.replace(find, () => replace),
      );
      const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
      const args = ["run", "--config", "test/vitest.config.mts", "--project", "unit", test, "-t", name];
      const result = await run(process.execPath, [vitest, ...args], { cwd: copy });
      writeFileSync(path, original);
      const failed = / [1-9]\d* failed/.test(result.stdout);
      if (!failed) survived++;
      process.stdout.write(`${failed ? "caught  " : "SURVIVED"}  ${promise}: ${test} "${name}"\n`);
    }
    process.stdout.write(`${wanted.length - survived} passed, ${survived} failed\n`);
    return survived === 0 ? 0 : 1;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

exitAfter(main());
