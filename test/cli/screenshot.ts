import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { renderHtml } from "../../provider/cli/formats/html.js";
import { launchBrowser } from "../engine/browser.js";
import { sampleReport } from "./sample-report.js";

/** `npm run screenshot`: the picture of the HTML report in the documents, of a made-up company's tokens. */
async function main(target: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "screenshot-"));
  const browser = await launchBrowser();
  try {
    const file = join(folder, "report.html");
    writeFileSync(file, renderHtml(sampleReport()));
    const page = await browser.newPage({ viewport: { width: 1200, height: 1500 } });
    await page.goto(pathToFileURL(file).href);
    await page.screenshot({ path: target });
    process.stdout.write(`${target}\n`);
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true });
  }
}

void main(resolve(process.argv[2] ?? join(__dirname, "..", "..", "docs", "audit-report.png")));
