import { expect, it } from "vitest";
import { releaseNotes } from "../package/release-notes.js";

const changelog = `# Changelog

## 0.2.0 (unreleased)

- Next.

## 0.1.0 (2027-01-31)

- One.
- Two.
`;

it("a release's notes are its section of the changelog", () => {
  expect(releaseNotes("v0.1.0", "0.1.0", changelog)).toBe("- One.\n- Two.");
});

it.each([
  ["v0.1.1", "0.1.0", "the tag is v0.1.1, package.json says 0.1.0"],
  ["v0.3.0", "0.3.0", "CHANGELOG.md has no section 0.3.0"],
  ["v0.2.0", "0.2.0", 'CHANGELOG.md: "## 0.2.0 (unreleased)" names no date'],
])("refuses a release of %s with the version %s in package.json", (tag, version, reason) => {
  expect(() => releaseNotes(tag, version, changelog)).toThrow(reason);
});
