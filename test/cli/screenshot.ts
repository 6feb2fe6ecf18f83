import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { renderHtml } from "../../provider/cli/formats/html.js";
import { launchBrowser } from "../engine/browser.js";
import { at, sampleCall, sampleReport } from "./sample-report.js";

const pictures = [
  { name: "audit-report.png", width: 1200, height: 900, colorScheme: "light", hash: "" },
  { name: "audit-report-dark.png", width: 1200, height: 900, colorScheme: "dark", hash: "#finding=expiring" },
  { name: "audit-report-phone.png", width: 390, height: 844, colorScheme: "light", hash: "" },
  {
    name: "audit-report-phone-dark.png",
    width: 390,
    height: 844,
    colorScheme: "dark",
    hash: "#owner=project-1",
  },
] as const;

/**
 * `npm run screenshot [-- FOLDER]`: makes the documents' pictures of the HTML report, with a fictitious company's
 * tokens.
 */
async function main(target: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "screenshot-"));
  const browser = await launchBrowser();
  try {
    const file = join(folder, "report.html");
    writeFileSync(file, renderHtml(sampleReport(), sampleCall));
    for (const { name, width, height, colorScheme, hash } of pictures) {
      const page = await browser.newPage({ viewport: { width, height }, colorScheme });
      await page.clock.setFixedTime(at);
      await page.goto(pathToFileURL(file).href + hash);
      const picture = join(target, name);
      await page.screenshot({ path: picture });
      await page.close();
      reduce(picture);
      process.stdout.write(`${picture}\n`);
    }
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true });
  }
}

/** A palette makes the file a third of the size, if pngquant is installed. */
function reduce(picture: string): void {
  try {
    execFileSync("pngquant", ["--force", "--output", picture, "--strip", "64", picture]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    process.stdout.write("pngquant is not installed: the picture keeps its size\n");
  }
}

void main(resolve(process.argv[2] ?? join(__dirname, "..", "..", "docs")));
