import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "..", "..");

/** Returns the changelog's text of a tag's version. Fails if the tag, the manifest and the changelog differ. */
export function releaseNotes(tag: string, version: string, changelog: string): string {
  if (tag !== `v${version}`) throw new Error(`the tag is ${tag}, package.json says ${version}`);
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((text) => text.split(/\s/)[0] === version);
  if (section === undefined) throw new Error(`CHANGELOG.md has no section ${version}`);
  const [heading = "", ...lines] = section.split("\n");
  if (!/^\S+ \(\d{4}-\d\d-\d\d\)$/.test(heading)) {
    throw new Error(`CHANGELOG.md: "## ${heading}" names no date, as in "## ${version} (2027-01-31)"`);
  }
  return lines.join("\n").trim();
}

/** `npm run release:notes -- v0.1.0`. */
if (require.main === module) {
  const read = (name: string) => readFileSync(join(root, name), "utf8");
  const { version } = JSON.parse(read("package.json")) as { version: string };
  process.stdout.write(`${releaseNotes(process.argv[2] ?? "", version, read("CHANGELOG.md"))}\n`);
}
