import { expect, it } from "vitest";
import { read } from "./files.js";

/** Files that exist once for projects and once for groups, because their doc comments differ. */
const twins = [
  ["resources/project-deploy-token.ts", "resources/group-deploy-token.ts"],
  ["resources/rotating-project-deploy-token.ts", "resources/rotating-group-deploy-token.ts"],
  ["lookups/project.ts", "lookups/group.ts"],
] as const;

const comment = /\/\*\*.*?\*\/|^\s*\/\/[^\n]*/gms;

/** The code without comments, line breaks and the names of the owner. */
function codeOf(file: string): string {
  return read(`provider/${file}`)
    .replace(comment, "")
    .replace(/project|group/g, "owner")
    .replace(/Project|Group/g, "Owner")
    .replace(/\s+/g, " ");
}

/** The tags of each doc comment in their order, with the names of parameters. */
function tagsOf(file: string): string[] {
  const comments = read(`provider/${file}`).match(comment) ?? [];
  return comments.map((text) => (text.match(/@(?:param \w+|\w+)/g) ?? []).join(" "));
}

it.each(twins)("%s and %s have the same code, and doc comments with the same tags", (project, group) => {
  expect(codeOf(project)).toBe(codeOf(group));
  expect(codeOf(project).length).toBeGreaterThan(500);
  expect(tagsOf(project)).toEqual(tagsOf(group));
});
