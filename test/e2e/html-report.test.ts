import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { renderHtml } from "../../provider/cli/formats/html.js";
import { at, sampleCall, sampleReport } from "../cli/sample-report.js";
import { launchBrowser } from "../engine/browser.js";
import { folder, useFolder } from "../support/folder.js";

const hostile = `</script><script>document.title="taken"</script><img src=x onerror='document.title="taken"'>`;
const report = sampleReport(60, [{ name: hostile }]);
const count = (fits: (token: (typeof report.tokens)[number]) => boolean) => report.tokens.filter(fits).length;
const expiring = count(({ findings }) => findings.includes("expiring"));

const desktop = { viewport: { width: 1200, height: 900 } };
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true };

let browser: Browser;
let file: string;
const seen: { page: Page; errors: string[]; requests: string[] }[] = [];

useFolder();
beforeAll(async () => {
  file = join(folder, "report.html");
  writeFileSync(file, renderHtml(report, sampleCall));
  browser = await launchBrowser();
});
afterEach(async () => {
  for (const { page, errors, requests } of seen.splice(0)) {
    await page.context().close();
    expect(errors).toEqual([]);
    expect(new Set(requests)).toEqual(new Set([pathToFileURL(file).href]));
  }
});
afterAll(() => browser?.close());

/** Opens the report in a browser. A request, an error or a dialog of the page fails the test. */
async function open(options: BrowserContextOptions = {}, fragment = "", time = at): Promise<Page> {
  const page = await (await browser.newContext({ ...desktop, ...options })).newPage();
  const [errors, requests]: [string[], string[]] = [[], []];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => errors.push(message.text()));
  page.on("dialog", (dialog) => errors.push(dialog.message()));
  page.on("request", (request) => requests.push(request.url().replace(/#.*/, "")));
  seen.push({ page, errors, requests });
  if (options.javaScriptEnabled !== false) await page.clock.setFixedTime(time);
  await page.goto(pathToFileURL(file).href + fragment);
  return page;
}

const shown = (page: Page) => page.locator("#tokens tbody tr:visible").count();
const fragment = (page: Page) => new URL(page.url()).hash;
const texts = async (page: Page, column: string) =>
  (await page.locator(`#tokens tbody tr:visible .${column}`).allInnerTexts()).map((text) => text.trim());
const field = (page: Page, name: string) => page.locator(`select[name=${name}]`);
async function isInView(page: Page, selector: string): Promise<boolean> {
  const box = await page.locator(selector).boundingBox();
  const height = page.viewportSize()?.height ?? 0;
  return box !== null && box.y >= 0 && box.y + box.height <= height;
}
const card = (finding: string) => `.card:has([data-f="finding=${finding}"])`;

it("shows the next steps above the fold, and names from GitLab are only text", async () => {
  const page = await open();
  expect(await page.title()).toBe("Deploy tokens of gitlab.acme.test");
  for (const part of [
    ".verdict",
    card("expired-in-stack"),
    card("revoked-in-stack"),
    card("expiring"),
    ".tiles",
  ]) {
    expect(await isInView(page, part), part).toBe(true);
  }
  expect(await shown(page)).toBe(60);
  expect(await page.locator("#shown").textContent()).toBe("60 of 60 deploy tokens");
  expect(await page.locator("#tokens").textContent()).toContain(hostile);
  expect(await page.locator("img, main script").count()).toBe(0);
  const tops = await page
    .locator("#tokens tbody tr")
    .evaluateAll((rows) => rows.map(({ className }) => ["now", "soon", "later", ""].indexOf(className)));
  expect(tops).toEqual([...tops].sort());
});

it("filters by a tile and a finding together, keeps the choice in the link, and goes back", async () => {
  const page = await open();
  await page.locator(card("expiring")).getByRole("link").click();
  await expect.poll(() => shown(page)).toBe(expiring);
  expect(fragment(page)).toBe("#finding=expiring");
  expect(await isInView(page, "#list")).toBe(true);
  await page.getByRole("link", { name: "of groups" }).click();
  const both = count(({ findings, owner }) => findings.includes("expiring") && owner?.kind === "group");
  await expect.poll(() => shown(page)).toBe(both);
  expect(both).toBeLessThan(expiring);
  const shared = await open({}, fragment(page));
  expect(await shown(shared)).toBe(both);
  expect(await field(shared, "finding").inputValue()).toBe("expiring");
  expect(await shared.getByRole("link", { name: "of groups" }).getAttribute("aria-current")).toBe("true");
  await page.goBack();
  await expect.poll(() => shown(page)).toBe(expiring);
  await page.goBack();
  await expect.poll(() => shown(page)).toBe(60);
  await page.goForward();
  await expect.poll(() => shown(page)).toBe(expiring);
  // A second click on the selected finding deselects it.
  await page.locator(card("expiring")).getByRole("link").click();
  await expect.poll(() => shown(page)).toBe(60);
});

it("filters by fields and text, together, and back", async () => {
  const page = await open();
  await field(page, "owner").selectOption({ label: "project acme/app" });
  const ofApp = count(({ owner }) => owner?.path === "acme/app");
  await expect.poll(() => shown(page)).toBe(ofApp);
  await field(page, "scope").selectOption("write_package_registry");
  const writing = count(
    ({ owner, scopes }) => owner?.path === "acme/app" && scopes.includes("write_package_registry"),
  );
  await expect.poll(() => shown(page)).toBe(writing);
  expect(writing).toBeLessThan(ofApp);
  await page.getByRole("link", { name: "Show all" }).click();
  await expect.poll(() => shown(page)).toBe(60);
  const before = await page.evaluate("history.length");
  await page.getByLabel("Search").fill("MIRROR");
  await expect.poll(() => shown(page)).toBe(count(({ name }) => name === "mirror"));
  await page.getByLabel("Search").pressSequentially(" no such");
  await expect.poll(() => page.locator("#shown").textContent()).toBe("0 of 60 deploy tokens");
  // The letters of a search add no steps to the history.
  expect(await page.evaluate("history.length")).toBe(before);
});

it("treats any fragment as no more than a filter", async () => {
  const page = await open();
  const expected = {
    "#finding=%3Cimg%20src=x%3E&q=%22%3E%3Cscript%3E": 0,
    "#__proto__=x&constructor=y&toString=z": 60,
    "#owner=group-9999": 0,
    "#sort=nothing&owner=": 60,
    "#%": 60,
  };
  for (const [text, rows] of Object.entries(expected)) {
    await page.goto(pathToFileURL(file).href + text);
    await expect.poll(() => shown(page), { message: text }).toBe(rows);
  }
  expect(await page.locator("img, main script").count()).toBe(0);
});

it("sorts by each column, up and down, with the keyboard alone", async () => {
  const page = await open();
  const keys = () =>
    page.locator("#tokens .expires").evaluateAll((cells) => cells.map((cell) => cell.getAttribute("data-o")));
  const head = page.getByRole("columnheader", { name: "Expires" });
  await page.getByRole("button", { name: "Expires" }).focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => head.getAttribute("aria-sort")).toBe("ascending");
  expect(await keys()).toEqual([...(await keys())].sort());
  expect((await texts(page, "expires")).at(-1)).toBe("never");
  expect(fragment(page)).toBe("#sort=expires");
  await page.keyboard.press("Space");
  await expect.poll(() => head.getAttribute("aria-sort")).toBe("descending");
  expect((await texts(page, "expires"))[0]).toBe("never");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect.poll(() => head.getAttribute("aria-sort")).toBeNull();
  expect(await page.getByRole("columnheader", { name: "Owner" }).getAttribute("aria-sort")).toBe("ascending");
  await page.getByRole("button", { name: "ID" }).click();
  await expect
    .poll(() => texts(page, "id"))
    .toEqual(Array.from({ length: 60 }, (_, index) => `${index + 1}`));
});

it("is used by keyboard: past the cards with the first Tab, or from a finding into the list", async () => {
  const page = await open({}, "#finding=expiring");
  const focused = () => page.evaluate("document.activeElement.id || document.activeElement.textContent");
  await page.keyboard.press("Tab");
  expect(await focused()).toBe("Skip to the deploy tokens");
  await page.keyboard.press("Enter");
  expect(await focused()).toBe("list");
  // The link to the list does not change the filter.
  expect(await shown(page)).toBe(expiring);
  await page.locator(card("revoked-in-stack")).getByRole("link").focus();
  await page.keyboard.press("Enter");
  await expect.poll(focused).toBe("list");
  await expect.poll(() => fragment(page)).toBe("#finding=revoked-in-stack");
  await page.keyboard.press("Tab");
  await page.keyboard.type("mirror");
  await expect.poll(() => fragment(page)).toBe("#finding=revoked-in-stack&q=mirror");
});

it("copies the command of a finding as one line", async () => {
  const page = await open(phone);
  await page.context().grantPermissions(["clipboard-read"]);
  await page.locator(card("unknown")).getByRole("button", { name: "Copy" }).click();
  const command =
    "npx pulumi-gitlab-deploy-tokens audit --group acme --recursive --stack production --emit adopt --output adopted.ts";
  expect(await page.evaluate("navigator.clipboard.readText()")).toBe(command);
  expect(await page.locator("#said").textContent()).toBe(`Copied: ${command}`);
});

it("says how old it is, because its words for dates do not change", async () => {
  expect(await (await open()).locator("#age").textContent()).toBe("");
  const later = await open({}, "", "2026-12-04T11:00:00.000Z");
  expect(await later.locator("#age").textContent()).toContain("This report is 9 days old.");
});

it("fits a phone, where each token is a short card", async () => {
  const page = await open(phone);
  for (const width of [1000, 700, 390, 320]) {
    await page.setViewportSize({ width, height: 740 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
  }
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await isInView(page, ".verdict")).toBe(true);
  expect(await isInView(page, card("expired-in-stack"))).toBe(true);
  const heights = await page
    .locator("#tokens tbody tr")
    .evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().height));
  // The cards of 0.1.0 were 319 px high.
  expect([...heights].sort((a, b) => a - b)[30]).toBeLessThanOrEqual(150);
  await field(page, "sort").selectOption("id");
  await expect.poll(async () => (await texts(page, "id"))[0]).toMatch(/1$/);
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

it("can be read in full without scripts", async () => {
  const page = await open({ javaScriptEnabled: false });
  expect(await page.locator("#tokens tbody tr").count()).toBe(60);
  expect(await page.locator(card("expiring")).textContent()).toContain("pulumi up --stack production");
  expect(await page.locator("#filters").isVisible()).toBe(false);
  // A figure without an effect is neither a link nor a button.
  expect(await page.getByRole("button").count()).toBe(0);
  expect(await page.getByRole("link").allInnerTexts()).toEqual(["Skip to the deploy tokens"]);
});

describe.each([
  ["desktop", desktop],
  ["phone", phone],
] as const)("axe on a %s", (_, size) => {
  it.each(["light", "dark"] as const)("finds no accessibility problem, %s", async (colorScheme) => {
    const page = await open({ ...size, colorScheme }, "#finding=expiring");
    // The script runs outside the page's policy, like a browser's own tools.
    const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
    const violations = await page.evaluate(
      `${axe}; axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes[0].html))`,
    );
    expect(violations).toEqual([]);
  });
});
