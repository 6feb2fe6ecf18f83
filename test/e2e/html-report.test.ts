import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { renderHtml } from "../../provider/cli/formats/html.js";
import { sampleReport } from "../cli/sample-report.js";
import { launchBrowser } from "../engine/browser.js";

const hostile = `</script><script>document.title="taken"</script><img src=x onerror='document.title="taken"'>`;
const report = sampleReport(60, [{ name: hostile }]);
const count = (fits: (token: (typeof report.tokens)[number]) => boolean) => report.tokens.filter(fits).length;

let browser: Browser;
let folder: string;
let file: string;
const seen: { page: Page; errors: string[]; requests: string[] }[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "html-report-"));
  file = join(folder, "report.html");
  writeFileSync(file, renderHtml(report));
  browser = await launchBrowser();
});
afterEach(async () => {
  for (const { page, errors, requests } of seen.splice(0)) {
    await page.context().close();
    expect(errors).toEqual([]);
    expect(requests).toEqual([pathToFileURL(file).href]);
  }
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** The report in a browser; whatever it asks for or complains of fails the test. */
async function open(options: BrowserContextOptions = {}): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  const [errors, requests]: [string[], string[]] = [[], []];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => errors.push(message.text()));
  page.on("dialog", (dialog) => errors.push(dialog.message()));
  page.on("request", (request) => requests.push(request.url()));
  seen.push({ page, errors, requests });
  await page.goto(pathToFileURL(file).href);
  return page;
}

const shown = (page: Page) => page.locator("#tokens tbody tr:visible").count();
const column = (page: Page, index: number) => page.locator(`#tokens tbody tr:visible td:nth-child(${index})`);
const ids = async (page: Page) => (await column(page, 1).allInnerTexts()).map((text) => Number(text.trim()));

it("opens, and names from GitLab are only text", async () => {
  const page = await open();
  expect(await page.title()).toBe("Deploy tokens of gitlab.acme.test");
  expect(await shown(page)).toBe(60);
  expect(await page.locator("#shown").textContent()).toBe("60 of 60 deploy tokens");
  expect(await column(page, 2).first().textContent()).toContain(hostile);
  expect(await page.locator("img, main script").count()).toBe(0);
});

it("filters by owner, scope, finding and text, together, and back", async () => {
  const page = await open();
  const status = page.locator("#shown");
  await page.getByLabel("Owner", { exact: true }).selectOption({ label: "project acme/app" });
  const ofApp = count(({ owner }) => owner?.path === "acme/app");
  expect(await shown(page)).toBe(ofApp);
  expect(await status.textContent()).toBe(`${ofApp} of 60 deploy tokens`);
  await page.getByLabel("Scope").selectOption("write_package_registry");
  const writing = count(
    ({ owner, scopes }) => owner?.path === "acme/app" && scopes.includes("write_package_registry"),
  );
  expect(await shown(page)).toBe(writing);
  expect(writing).toBeLessThan(ofApp);
  await page.getByRole("button", { name: "Show all" }).click();
  await expect.poll(() => shown(page)).toBe(60);
  await page.getByLabel("Finding").selectOption("expiring");
  expect(await shown(page)).toBe(count(({ findings }) => findings.includes("expiring")));
  await page.getByLabel("Finding").selectOption("none");
  expect(await shown(page)).toBe(count(({ findings }) => findings.length === 0));
  await page.getByLabel("Finding").selectOption("");
  await page.getByLabel("Search").fill("MIRROR");
  expect(await shown(page)).toBe(count(({ name }) => name === "mirror"));
  await page.getByLabel("Search").fill("nothing like it");
  expect(await status.textContent()).toBe("0 of 60 deploy tokens");
});

it("sorts by each column, up and down, with the keyboard", async () => {
  const page = await open();
  const head = page.getByRole("columnheader", { name: "Expires" });
  await page.getByRole("button", { name: "Expires" }).focus();
  await page.keyboard.press("Enter");
  expect(await head.getAttribute("aria-sort")).toBe("ascending");
  const expiries = await page
    .locator("#tokens tbody td:nth-child(5)")
    .evaluateAll((cells) => cells.map((cell) => cell.getAttribute("data-key")));
  expect(expiries).toEqual([...expiries].sort());
  expect((await column(page, 5).last().textContent())?.trim()).toBe("never");
  await page.keyboard.press("Space");
  expect(await head.getAttribute("aria-sort")).toBe("descending");
  expect((await column(page, 5).first().textContent())?.trim()).toBe("never");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  expect(await head.getAttribute("aria-sort")).toBeNull();
  expect(await page.getByRole("columnheader", { name: "Status" }).getAttribute("aria-sort")).toBe(
    "ascending",
  );
  await page.getByRole("button", { name: "ID" }).click();
  await page.getByRole("button", { name: "ID" }).click();
  expect(await ids(page)).toEqual(Array.from({ length: 60 }, (_, index) => 60 - index));
});

it("leads past the head of the page with the first Tab", async () => {
  const page = await open();
  await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.textContent")).toBe("To the deploy tokens");
});

it("fits a phone, where it sorts by a list", async () => {
  const page = await open();
  for (const width of [1000, 700, 360]) {
    await page.setViewportSize({ width, height: 740 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
  }
  await page.getByLabel("Sort by").selectOption({ label: "Expires" });
  const keys = await page
    .locator("#tokens tbody td:nth-child(5)")
    .evaluateAll((cells) => cells.map((cell) => cell.getAttribute("data-key")));
  expect(keys).toEqual([...keys].sort());
});

it("follows light and dark, and is black on white without filters on paper", async () => {
  const background = (page: Page) => page.evaluate("getComputedStyle(document.body).backgroundColor");
  const light = await background(await open({ colorScheme: "light" }));
  const page = await open({ colorScheme: "dark" });
  expect([light, await background(page)]).toEqual(["rgb(255, 255, 255)", "rgb(24, 23, 29)"]);
  await page.emulateMedia({ media: "print" });
  expect(await background(page)).toBe("rgb(255, 255, 255)");
  expect(await page.locator("#filters").isVisible()).toBe(false);
  expect(await shown(page)).toBe(60);
});

it("is a plain table where scripts are off", async () => {
  const page = await open({ javaScriptEnabled: false });
  expect(await page.locator("#tokens tbody tr").count()).toBe(60);
  expect(await page.locator("#filters").isVisible()).toBe(false);
});

it.each(["light", "dark"] as const)(
  "has nothing that axe finds against accessibility, %s",
  async (colorScheme) => {
    const page = await open({ colorScheme });
    // Outside of the page's policy, as a browser's own tools are.
    const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
    const violations = await page.evaluate(
      `${axe}; axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes[0].html))`,
    );
    expect(violations).toEqual([]);
  },
);
