import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import GithubSlugger from "github-slugger";

const root = resolve(__dirname, "..", "..");
const repository = "pulumi-gitlab-deploy-tokens/pulumi-gitlab-deploy-tokens";
/** A file or folder of the repository, as GitHub serves it. */
const own = new RegExp(
  `https://(?:github\\.com/${repository}/(?:blob|tree)|raw\\.githubusercontent\\.com/${repository})/main/([\\w./-]*[\\w/-])(?:#([\\w-]+))?`,
  "g",
);

/** The anchors that GitHub gives to a document's headings. */
export function anchors(markdown: string): string[] {
  const slugger = new GithubSlugger();
  const text = markdown.replace(/^```.*?^```$/gms, "");
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => slugger.slug(heading));
}

/** The links of a published file that are broken for a reader of the tarball. */
export function brokenLinks(name: string, text: string): string[] {
  const relative = name.endsWith(".md")
    ? [...text.matchAll(/\]\((?!https:|#)[^)]*\)|^\[[^\]]+\]: (?!https:).*$/gm)].map(([link]) => link)
    : [];
  const outside = text.replace(/https:\/\/[^\s)"'`]+/g, "");
  const bare = [...outside.matchAll(/(?:\bdocs|\bexamples|\.github)\/[\w./-]+|\bCHANGELOG\.md/g)].map(
    ([mention]) => mention,
  );
  const missing = [...text.matchAll(own)].flatMap(([link, path = "", anchor]) => {
    const file = join(root, path);
    if (!existsSync(file)) return [link];
    return anchor === undefined || anchors(readFileSync(file, "utf8")).includes(anchor) ? [] : [link];
  });
  return [...relative, ...bare, ...missing].map((link) => `${name}: ${link}`);
}
