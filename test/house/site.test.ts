import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { expect, it } from "vitest";
import { run } from "../engine/command.js";

const root = resolve(__dirname, "..", "..");

/** Links from one page of the site to a file that it does not have; to what is not a page it has a copy. */
function brokenLinks(folder: string): string[] {
  const pages = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".html"),
  );
  return pages.flatMap((page) =>
    [...readFileSync(join(folder, page), "utf8").matchAll(/href="([^"#:]+)[^":]*"/g)]
      .map(([, link = ""]) => link)
      .filter((link) => !existsSync(resolve(folder, dirname(page), decodeURI(link))))
      .map((link) => `${page}: ${link}`),
  );
}

it("the site builds without a warning: every export is documented, every link leads somewhere", {
  timeout: 300_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "site-"));
  try {
    const tsx = join(root, "node_modules", ".bin", "tsx");
    const built = await run(tsx, [join(root, "test", "site", "build.ts"), folder], { cwd: root });
    expect(built.stdout + built.stderr).not.toContain("[warning]");
    expect(built.code).toBe(0);
    expect(Number(/(\d+) pages/.exec(built.stdout)?.[1])).toBeGreaterThan(60);
    for (const page of ["index", "classes/index.ProjectDeployToken", "documents/docs_troubleshooting"]) {
      expect(existsSync(join(folder, `${page}.html`)), page).toBe(true);
    }
    expect(readFileSync(join(folder, "documents", "docs_troubleshooting.html"), "utf8")).toContain(
      "out_of_sight",
    );
    const names = readdirSync(join(folder, "documents"));
    expect(names.filter((name) => name.startsWith("examples_"))).toHaveLength(13);
    expect(brokenLinks(folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
