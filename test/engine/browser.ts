import { execFileSync } from "node:child_process";
import { type Browser, chromium } from "playwright-core";

/** Debian's Chromium, without a window. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
  // Chromium's own sandbox does not work for root.
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}
