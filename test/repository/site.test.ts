import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { inflateSync } from "node:zlib";
import { expect, it } from "vitest";
import { launchBrowser } from "../engine/browser.js";
import { run } from "../engine/command.js";
import { folderOfTest } from "../support/folder.js";

const root = resolve(__dirname, "..", "..");

function pagesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".html"));
}

/** The links from a page of the site to a file that the site does not have. */
function brokenLinks(folder: string): string[] {
  return pagesOf(folder).flatMap((page) =>
    [...readFileSync(join(folder, page), "utf8").matchAll(/href="([^"#:]+)[^":]*"/g)]
      .map(([, link = ""]) => link)
      .filter((link) => !existsSync(resolve(folder, dirname(page), decodeURI(link))))
      .map((link) => `${page}: ${link}`),
  );
}

/** Pages without a title of their own, with two, or without the version. */
function badTitles(folder: string): string[] {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const site = `pulumi-gitlab-deploy-tokens - v${version}`;
  const titles = pagesOf(folder).map((page) => {
    const html = readFileSync(join(folder, page), "utf8");
    const [, title = ""] = /<title>([^<]*)<\/title>/.exec(html) ?? [];
    return { page, title, headings: html.match(/<h1\b/g)?.length ?? 0 };
  });
  const twice = (title: string) => titles.filter((each) => each.title === title).length > 1;
  const isRight = (title: string) => title === site || title.endsWith(` | ${site}`);
  return titles
    .filter(({ page, title, headings }) => {
      const isGuide = page.startsWith("documents");
      return !isRight(title) || headings !== 1 || (isGuide && twice(title));
    })
    .map(({ page, title, headings }) => `${page}: "${title}", ${headings} headings`);
}

/** The entries of the site's search. */
function searched(folder: string): { name: string; kind: number }[] {
  const script = readFileSync(join(folder, "assets", "search.js"), "utf8");
  const [, data = ""] = /"([^"]+)"/.exec(script) ?? [];
  const { rows } = JSON.parse(inflateSync(Buffer.from(data, "base64")).toString()) as {
    rows: { name: string; kind: number }[];
  };
  return rows;
}

/**
 * Pages that scroll sideways on a phone, without scripts: they only add the search and the settings, which are
 * closed.
 */
async function widePages(folder: string): Promise<string[]> {
  const browser = await launchBrowser();
  try {
    const viewport = { width: 390, height: 844 };
    const page = await browser.newPage({ viewport, javaScriptEnabled: false });
    const wide: string[] = [];
    for (const name of pagesOf(folder)) {
      await page.goto(pathToFileURL(join(folder, name)).href);
      const width = await page.evaluate("document.documentElement.scrollWidth");
      if (Number(width) > viewport.width) wide.push(`${name}: ${width}`);
    }
    return wide;
  } finally {
    await browser.close();
  }
}

it("the site builds without a warning: every export is documented, every link leads somewhere", {
  timeout: 600_000,
}, async () => {
  const folder = folderOfTest();
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
  expect(names.filter((name) => name.startsWith("examples_"))).toHaveLength(15);
  expect(brokenLinks(folder)).toEqual([]);
  // Hosts of pages leave out files whose names begin with a dot.
  expect(names.filter((name) => name.startsWith("."))).toEqual([]);
  expect(badTitles(folder)).toEqual([]);
  const index = readFileSync(join(folder, "index.html"), "utf8");
  expect(index).toContain('href="documents/docs_audit.html');
  expect(index).toContain('src="media/audit-report.png"');
  expect(index).not.toContain("/blob/main/");
  const found = searched(folder).map(({ name }) => name);
  for (const text of ["Troubleshooting", "Example: Quickstart", "pulumi-gitlab-deploy-tokens/testing"]) {
    expect(found, text).toContain(text);
  }
  expect(await widePages(folder)).toEqual([]);
});
